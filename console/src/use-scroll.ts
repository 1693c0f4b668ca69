import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Entry } from './transcript.js';

const NEAR_PX = 80;

export interface Follow {
  atEnd: boolean;
  toEnd: () => void;
  onScroll: () => void;
}

/** Keeps the newest words in view while the reader is at the end, and leaves them alone once they scroll up. */
export function useFollowEnd(
  scroller: RefObject<HTMLElement | null>,
  entries: Entry[],
  messageId: string | null,
  /** Grows as well, below the entries. */
  tail: unknown,
): Follow {
  const following = useRef(true);
  const [atEnd, setAtEnd] = useState(true);
  const toEnd = (): void => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
    following.current = true;
    setAtEnd(true);
  };
  const onScroll = (): void => {
    const element = scroller.current;
    if (!element) return;
    following.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    setAtEnd(following.current);
  };
  useLayoutEffect(() => {
    if (following.current) toEnd();
  }, [entries, tail]);
  const asked = entries.filter((entry) => entry.live && entry.role === 'user').length;
  useLayoutEffect(() => {
    // Wherever they were reading, who has just sent something wants to see it.
    if (asked > 0) toEnd();
  }, [asked]);
  const found = messageId !== null && entries.some((entry) => entry.key === messageId);
  useLayoutEffect(() => {
    if (!found) return;
    following.current = false;
    const element = document.getElementById(`message-${messageId}`);
    element?.scrollIntoView({ block: 'center' });
    element?.focus({ preventScroll: true });
  }, [messageId, found]);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    // The box shrinks when the composer grows or a phone's keyboard opens.
    const observer = new ResizeObserver(() => {
      if (following.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { atEnd, toEnd, onScroll };
}
