import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, toApiError } from '../api-error.js';
import type { Page } from './about-types.js';

export interface Paged<T> {
  /** Null until the first page is there. */
  items: T[] | null;
  error: ApiError | null;
  hasMore: boolean;
  more: () => void;
  reload: () => Promise<void>;
  /** Puts a newer version of an item in the place of the one with its id. */
  replace: (item: T) => void;
  drop: (item: T) => void;
}

type Load<T> = (cursor: string | null, signal: AbortSignal) => Promise<Page<T>>;

interface Found<T> {
  items: T[];
  cursor: string | null;
}

/** A list that is read page by page. Of two loads under way only the later one counts. */
export function usePaged<T extends { id: string }>(load: Load<T>, delayMs = 0): Paged<T> {
  const [found, setFound] = useState<Found<T> | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const running = useRef<AbortController | null>(null);
  const run = useCallback(
    async (before: Found<T> | null) => {
      running.current?.abort();
      const abort = new AbortController();
      running.current = abort;
      try {
        const page = await load(before?.cursor ?? null, abort.signal);
        if (abort.signal.aborted) return;
        setFound({ items: [...(before?.items ?? []), ...page.items], cursor: page.next_cursor ?? null });
        setError(null);
      } catch (cause) {
        if (!abort.signal.aborted) setError(toApiError(cause));
      }
    },
    [load],
  );
  useEffect(() => {
    const timer = setTimeout(() => void run(null), delayMs);
    return () => {
      clearTimeout(timer);
      running.current?.abort();
    };
  }, [run]);
  const reload = useCallback(() => run(null), [run]);
  const replace = useCallback((item: T) => {
    setFound((now) => now && { ...now, items: now.items.map((one) => (one.id === item.id ? item : one)) });
  }, []);
  const drop = useCallback((item: T) => {
    setFound((now) => now && { ...now, items: now.items.filter((one) => one.id !== item.id) });
  }, []);
  return {
    items: found?.items ?? null,
    error,
    hasMore: Boolean(found?.cursor),
    more: () => void run(found),
    reload,
    replace,
    drop,
  };
}
