import { useCallback, useEffect, useState } from 'preact/hooks';
import { useMedia } from './use-browser.js';

export interface Drawer {
  narrow: boolean;
  open: boolean;
  show: () => void;
  hide: () => void;
}

/** On a phone the list of chats is a drawer; Escape closes it and the focus goes back to its button. */
export function useDrawer(): Drawer {
  const narrow = useMedia('(max-width: 767px)');
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!narrow) setOpen(false);
  }, [narrow]);
  useEffect(() => {
    if (!open) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !document.querySelector('dialog[open]')) setOpen(false);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [open]);
  const show = useCallback(() => setOpen(true), []);
  const hide = useCallback(() => setOpen(false), []);
  return { narrow, open: narrow && open, show, hide };
}
