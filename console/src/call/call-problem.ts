import { type ApiError, toApiError } from '../api-error.js';
import type { Problem } from './call-state.js';

const SPEECH_HINT =
  'Set OPENAI_API_KEY, or STT_BASE_URL and TTS_BASE_URL for other providers, and start the server again.';

const MICROPHONE: Record<string, Problem> = {
  NotAllowedError: {
    text: 'This page may not use the microphone.',
    hint: 'Allow it in the browser’s address bar, then call again.',
  },
  SecurityError: {
    text: 'This page may not use the microphone.',
    hint: 'Allow it in the browser’s address bar, then call again.',
  },
  NotFoundError: { text: 'No microphone was found.', hint: 'Connect one, then call again.' },
  OverconstrainedError: { text: 'The chosen microphone is gone.', hint: 'Choose another one, then call again.' },
  NotReadableError: {
    text: 'The microphone could not be opened.',
    hint: 'Another program may be using it. Close that, then call again.',
  },
};

/** Browsers offer the microphone only to pages that came safely. */
export const UNSAFE_PAGE: Problem = {
  text: 'Browsers give the microphone only to pages that are served over HTTPS, or from localhost.',
  hint: 'Open this page by an address that begins with https://.',
};

export const microphoneProblem = (cause: unknown): Problem =>
  MICROPHONE[cause instanceof Error ? cause.name : ''] ?? {
    text: 'The microphone could not be opened.',
    hint: 'Try another one, or another browser.',
  };

/** What failed at the server, and for a call's most likely mistakes what to do. */
export function callProblem(cause: unknown): Problem {
  const error: ApiError = toApiError(cause);
  if (error.code === 'ENGINE_UNSUPPORTED') {
    return { text: 'This server cannot hear and speak yet.', hint: SPEECH_HINT };
  }
  const id = error.requestId ? `Request id: ${error.requestId}` : null;
  return { text: error.message, hint: id };
}

const ENDS: Record<string, string> = {
  idle: 'The call ended, as nobody said anything for a while.',
  'too-long': 'The call reached its longest time.',
  'connection-lost': 'The connection was lost.',
  'signed-out': 'The sign-in has ended.',
  'worker-died': 'The server’s media worker stopped.',
  'media-closed': 'The sound’s connection was closed.',
  'shutting-down': 'The server is shutting down.',
  failed: 'The call failed.',
};

/** Null where the user has hung up: that is no problem. */
export function endProblem(reason: string): Problem | null {
  const text = ENDS[reason];
  return text ? { text, hint: null } : null;
}
