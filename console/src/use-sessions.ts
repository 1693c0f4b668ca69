import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, toApiError } from './api-error.js';
import type { Personality, SessionList, SessionSummary } from './api-types.js';
import { useApi } from './services.js';
import { watchTitle } from './title-watch.js';

export interface Loaded<T> {
  value: T | null;
  error: ApiError | null;
  /** Also gives what it loaded; null when that failed. */
  reload: () => Promise<T | null>;
}

/** Loads on mount and on demand. Of two loads under way only the later one counts. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const latest = useRef(0);
  const reload = useCallback(async () => {
    latest.current += 1;
    const turn = latest.current;
    try {
      const loaded = await load();
      if (turn === latest.current) {
        setValue(() => loaded);
        setError(null);
      }
      return loaded;
    } catch (cause) {
      if (turn === latest.current) setError(toApiError(cause));
      return null;
    }
  }, [load]);
  useEffect(() => {
    void reload();
    return () => {
      latest.current += 1;
    };
  }, [reload]);
  return { value, error, reload };
}

export function usePersonalities(): Loaded<Personality[]> {
  const api = useApi();
  return useLoaded(useCallback(() => api.personalities(), [api]));
}

/** Reads the list after a turn, and again until the session has its title; never after its page has gone. */
function useRefresh(reload: () => Promise<SessionList | null>): (sessionId: string) => void {
  const stop = useRef<(() => void) | null>(null);
  const gone = useRef(false);
  useEffect(
    () => () => {
      gone.current = true;
      stop.current?.();
    },
    [],
  );
  return useCallback(
    (sessionId) => {
      // A stream that ends with its page tells so after the page has gone.
      if (gone.current) return;
      stop.current?.();
      stop.current = watchTitle(async () => {
        const list = await reload();
        // One that is no longer listed has been deleted: nothing to wait for.
        return list !== null && !list.sessions.some((one) => one.session_id === sessionId && !one.title);
      });
    },
    [reload],
  );
}

export interface Sessions {
  list: Loaded<SessionList>;
  /** After a turn in this session. */
  refresh: (sessionId: string) => void;
  create: (personalityId: string) => Promise<string>;
  rename: (session: SessionSummary, title: string) => Promise<void>;
  remove: (session: SessionSummary) => Promise<void>;
}

export function useSessions(): Sessions {
  const api = useApi();
  const list = useLoaded(useCallback(() => api.sessions(), [api]));
  const { reload } = list;
  const refresh = useRefresh(reload);
  const create = useCallback(
    async (personalityId: string) => {
      const session = await api.createSession(personalityId);
      await reload();
      return session.session_id;
    },
    [api, reload],
  );
  const rename = useCallback(
    async (session: SessionSummary, title: string) => {
      await api.rename(session.session_id, title);
      await reload();
    },
    [api, reload],
  );
  const remove = useCallback(
    async (session: SessionSummary) => {
      await api.remove(session.session_id);
      await reload();
    },
    [api, reload],
  );
  return { list, refresh, create, rename, remove };
}
