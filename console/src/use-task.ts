import { useState } from 'preact/hooks';
import { type ApiError, toApiError } from './api-error.js';

export interface TaskState {
  pending: boolean;
  error: ApiError | null;
  run: () => void;
}

/** Runs a task once at a time; its failure stays to be read, its success closes or clears what asked for it. */
export function useTask(task: () => Promise<void>, onDone: () => void): TaskState {
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const start = async (): Promise<void> => {
    setPending(true);
    setError(null);
    try {
      await task();
      setPending(false);
      onDone();
    } catch (cause) {
      setError(toApiError(cause));
      setPending(false);
    }
  };
  return { pending, error, run: () => void start() };
}
