import type { ApiError } from '../api-error.js';
import { Icon } from './icon.js';

interface ErrorNoteProps {
  error: ApiError;
  onRetry?: (() => void) | undefined;
  /** Off where another live region already reads the error out. */
  announce?: boolean;
}

/** A failure in the server's words, with the request id to quote when asking for help. */
export const ErrorNote = ({ error, onRetry, announce = true }: ErrorNoteProps) => (
  <div class="error-note" role={announce ? 'alert' : undefined}>
    <Icon name="alert" />
    <div class="error-text">
      <p>{error.message}</p>
      {error.requestId && (
        <p class="error-id">
          Request id: <code>{error.requestId}</code>
        </p>
      )}
    </div>
    {onRetry && (
      <button type="button" class="button small" onClick={onRetry}>
        <Icon name="retry" />
        Retry
      </button>
    )}
  </div>
);
