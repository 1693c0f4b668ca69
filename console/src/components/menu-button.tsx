import { useEffect, useRef } from 'preact/hooks';
import type { Drawer } from '../use-drawer.js';
import { Icon } from './icon.js';

export const MenuButton = ({ drawer }: { drawer: Drawer }) => {
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !drawer.open) button.current?.focus();
    wasOpen.current = drawer.open;
  }, [drawer.open]);
  if (!drawer.narrow) return null;
  return (
    <button
      ref={button}
      type="button"
      class="icon-button"
      aria-label="Your chats"
      aria-expanded={drawer.open}
      aria-controls="sidebar"
      onClick={drawer.show}
    >
      <Icon name="menu" />
    </button>
  );
};
