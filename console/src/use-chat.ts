import { useCallback, useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { type ApiError, toApiError } from './api-error.js';
import type { ChatPart } from './chat-stream.js';
import { useApi } from './services.js';
import { type Entry, transcript, type TranscriptAction } from './transcript.js';

/** Painting each token would lay the page out hundreds of times a second; this often looks just as smooth. */
const PAINT_MS = 40;

/** Names the messages of this visit. `crypto.randomUUID` is missing where the page is served without TLS. */
let asked = 0;

type Dispatch = (action: TranscriptAction) => void;

export interface Chat {
  personalityId: string | null;
  title: string | null;
  loadError: ApiError | null;
  reload: () => void;
  entries: Entry[];
  busy: boolean;
  send: (text: string) => void;
  retry: (answer: Entry) => void;
  stop: () => void;
}

/** Gathers deltas and hands them on together; everything else goes through at once and in order. */
function batched(key: string, dispatch: Dispatch): { push: (part: ChatPart) => void; flush: () => void } {
  let text = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (text) dispatch({ type: 'part', key, part: { type: 'delta', text } });
    text = '';
  };
  const push = (part: ChatPart): void => {
    if (part.type === 'delta') {
      text += part.text;
      timer ??= setTimeout(flush, PAINT_MS);
    } else {
      flush();
      dispatch({ type: 'part', key, part });
    }
  };
  return { push, flush };
}

interface Opened {
  personalityId: string;
  title: string | null;
}

function useOpened(sessionId: string, dispatch: Dispatch) {
  const api = useApi();
  const [opened, setOpened] = useState<Opened | null>(null);
  const [loadError, setLoadError] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    const load = async (): Promise<void> => {
      try {
        const detail = await api.session(sessionId, abort.signal);
        if (abort.signal.aborted) return;
        dispatch({ type: 'loaded', detail });
        setOpened({ personalityId: detail.personality_id, title: detail.title ?? null });
        setLoadError(null);
      } catch (cause) {
        if (!abort.signal.aborted) setLoadError(toApiError(cause));
      }
    };
    void load();
    return () => abort.abort();
  }, [api, sessionId, attempt, dispatch]);
  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  return { opened, loadError, reload };
}

/** One open session. Mount it with the session's id as key: its state and its stream end with it. */
export function useChat(sessionId: string, onTurn: (sessionId: string) => void): Chat {
  const api = useApi();
  const [entries, dispatch] = useReducer<Entry[], TranscriptAction>(transcript, []);
  const { opened, loadError, reload } = useOpened(sessionId, dispatch);
  const running = useRef<AbortController | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => () => running.current?.abort(), []);

  const personalityId = opened?.personalityId ?? null;
  const answer = useCallback(
    async (key: string, text: string) => {
      if (personalityId === null) return;
      const abort = new AbortController();
      const { push, flush } = batched(key, dispatch);
      running.current = abort;
      setBusy(true);
      try {
        for await (const part of api.chat({ sessionId, personalityId, text }, abort.signal)) push(part);
        flush();
      } catch (cause) {
        flush();
        dispatch(abort.signal.aborted ? { type: 'stopped', key } : { type: 'failed', key, error: toApiError(cause) });
      } finally {
        // Leaves no connection open behind an error; after a clean end it does nothing.
        abort.abort();
        running.current = null;
        setBusy(false);
        onTurn(sessionId);
      }
    },
    [api, sessionId, personalityId, onTurn],
  );

  const send = (text: string): void => {
    if (running.current) return;
    asked += 1;
    const key = `asked-${asked}`;
    dispatch({ type: 'asked', key, text, at: new Date().toISOString() });
    void answer(key, text);
  };
  const retry = (failed: Entry): void => {
    const key = failed.key.replace(/:answer$/, '');
    const question = entries.find((entry) => entry.key === key);
    if (running.current || !question) return;
    dispatch({ type: 'retried', key, at: new Date().toISOString() });
    // The server knows an unanswered message when it comes again and does not store it twice.
    void answer(key, question.text);
  };
  const stop = (): void => running.current?.abort();
  return { personalityId, title: opened?.title ?? null, loadError, reload, entries, busy, send, retry, stop };
}
