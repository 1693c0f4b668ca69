import { useCallback, useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { tokenStore, useApi } from '../services.js';
import { type Levels, SILENCE } from './call-line.js';
import { callProblem } from './call-problem.js';
import { type CallSettings, keepCallSettings, readCallSettings } from './call-settings.js';
import { callState, type CallState, isOpen, NO_CALL } from './call-state.js';
import type { VoiceClient } from './voice-client.js';

export interface Call {
  state: CallState;
  muted: boolean;
  settings: CallSettings;
  start: () => void;
  hangUp: () => void;
  type: (text: string) => void;
  interrupt: () => void;
  toggleMute: () => void;
  /** Null where it did not work, which is told. */
  invite: () => Promise<string | null>;
  /** Devices change at once, the transport by calling again. */
  change: (settings: Partial<CallSettings>) => void;
  levels: () => Levels;
  clear: () => void;
}

function useSettings(): [CallSettings, (change: Partial<CallSettings>) => CallSettings] {
  const [settings, setSettings] = useState(() => readCallSettings(window.localStorage));
  const change = useCallback(
    (part: Partial<CallSettings>) => {
      const next = { ...settings, ...part };
      keepCallSettings(window.localStorage, next);
      setSettings(next);
      return next;
    },
    [settings],
  );
  return [settings, change];
}

/** Leaving the chat, or the page, hangs up. */
function useHangUpOnLeave(client: { current: VoiceClient | null }): void {
  useEffect(() => {
    const leave = (): void => void client.current?.hangUp();
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, []);
}

/** The call of one chat. Mount it with the session's id as key. */
export function useCall(sessionId: string, personalityId: string): Call {
  const api = useApi();
  const [state, dispatch] = useReducer(callState, NO_CALL);
  const [muted, setMuted] = useState(false);
  const [settings, keep] = useSettings();
  const client = useRef<VoiceClient | null>(null);
  const mounted = useRef(true);
  useHangUpOnLeave(client);
  useEffect(() => () => void (mounted.current = false), []);

  const dial = async (wish: CallSettings): Promise<void> => {
    dispatch({ type: 'dialled' });
    setMuted(false);
    try {
      // What calls need is loaded with the first of them.
      const { VoiceClient: Client } = await import('./voice-client.js');
      if (!mounted.current) return;
      const credentials = { token: () => tokenStore.read()?.access, renew: () => api.renewToken() };
      client.current = new Client({ ...wish, sessionId, personalityId }, credentials, dispatch);
      await client.current.start();
    } catch (cause) {
      dispatch({ type: 'failed', problem: callProblem(cause) });
    }
  };
  /** What fails is told, and the call goes on. */
  const attempt = async <T>(task: Promise<T> | undefined): Promise<T | null> => {
    try {
      return (await task) ?? null;
    } catch (cause) {
      dispatch({ type: 'noticed', problem: callProblem(cause) });
      return null;
    }
  };
  const again = async (wish: CallSettings): Promise<void> => {
    await client.current?.hangUp();
    await dial(wish);
  };
  const change = (part: Partial<CallSettings>): void => {
    const next = keep(part);
    if (!isOpen(state)) return;
    if (part.microphoneId !== undefined) void attempt(client.current?.useMicrophone(part.microphoneId));
    if (part.speakerId !== undefined) void attempt(client.current?.useSpeaker(part.speakerId));
    if (part.transport !== undefined) void again(next);
  };
  const toggleMute = (): void => {
    client.current?.setMuted(!muted);
    setMuted(!muted);
  };
  return {
    state,
    muted,
    settings,
    start: () => void dial(settings),
    hangUp: () => void client.current?.hangUp(),
    type: (text) => void attempt(client.current?.type(text)),
    interrupt: () => void attempt(client.current?.interrupt()),
    toggleMute,
    invite: () => attempt(client.current?.invite()),
    change,
    levels: useCallback(() => client.current?.levels ?? SILENCE, []),
    clear: useCallback(() => dispatch({ type: 'cleared' }), []),
  };
}
