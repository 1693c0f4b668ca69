import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, toApiError } from './api-error.js';
import type { SearchHit } from './api-types.js';
import { useApi } from './services.js';

const TYPING_MS = 300;

export const SEARCH_MIN = 2;

export interface Search {
  hits: SearchHit[] | null;
  error: ApiError | null;
  hasMore: boolean;
  more: () => void;
}

interface Found {
  hits: SearchHit[];
  cursor: string | null;
}

/** Searches once the typing pauses; a newer query aborts the one under way. */
export function useSearch(text: string): Search {
  const api = useApi();
  const query = text.trim();
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const running = useRef<AbortController | null>(null);

  const run = useCallback(
    async (before: Found | null) => {
      running.current?.abort();
      const abort = new AbortController();
      running.current = abort;
      try {
        const page = await api.search(query, before?.cursor ?? null, abort.signal);
        if (abort.signal.aborted) return;
        setFound({ hits: [...(before?.hits ?? []), ...page.items], cursor: page.next_cursor ?? null });
        setError(null);
      } catch (cause) {
        if (!abort.signal.aborted) setError(toApiError(cause));
      }
    },
    [api, query],
  );

  useEffect(() => {
    setFound(null);
    setError(null);
    if (query.length < SEARCH_MIN) return undefined;
    const timer = setTimeout(() => void run(null), TYPING_MS);
    return () => {
      clearTimeout(timer);
      running.current?.abort();
    };
  }, [query, run]);

  const more = (): void => void run(found);
  return { hits: found?.hits ?? null, error, hasMore: Boolean(found?.cursor), more };
}
