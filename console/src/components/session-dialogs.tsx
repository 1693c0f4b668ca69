import { useState } from 'preact/hooks';
import { type ApiError, toApiError } from '../api-error.js';
import type { SessionSummary } from '../api-types.js';
import { ErrorNote } from './error-note.js';
import { Modal } from './modal.js';

export const titleOf = (session: SessionSummary): string =>
  session.title || (session.personality_name ? `Chat with ${session.personality_name}` : 'Untitled chat');

interface TaskState {
  pending: boolean;
  error: ApiError | null;
  run: () => void;
}

/** Runs a task once at a time; its failure stays in the dialog, its success closes it. */
function useTask(task: () => Promise<void>, onDone: () => void): TaskState {
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const start = async (): Promise<void> => {
    setPending(true);
    setError(null);
    try {
      await task();
      onDone();
    } catch (cause) {
      setError(toApiError(cause));
      setPending(false);
    }
  };
  return { pending, error, run: () => void start() };
}

interface RenameProps {
  session: SessionSummary;
  rename: (session: SessionSummary, title: string) => Promise<void>;
  onClose: () => void;
}

export const RenameDialog = ({ session, rename, onClose }: RenameProps) => {
  const [title, setTitle] = useState(titleOf(session));
  const task = useTask(() => rename(session, title.trim()), onClose);
  return (
    <Modal title="Rename chat" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (title.trim()) task.run();
        }}
      >
        <label for="rename-title">Title</label>
        <input
          id="rename-title"
          required
          maxLength={255}
          value={title}
          autoFocus
          onInput={(event) => setTitle(event.currentTarget.value)}
        />
        {task.error && <ErrorNote error={task.error} />}
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={task.pending || title.trim() === ''}>
            Save
          </button>
        </div>
      </form>
    </Modal>
  );
};

interface DeleteProps {
  session: SessionSummary;
  remove: (session: SessionSummary) => Promise<void>;
  onClose: () => void;
}

export const DeleteDialog = ({ session, remove, onClose }: DeleteProps) => {
  const task = useTask(() => remove(session), onClose);
  return (
    <Modal title="Delete chat?" onClose={onClose}>
      <p class="modal-text">“{titleOf(session)}” and its messages will be deleted. This cannot be undone.</p>
      {task.error && <ErrorNote error={task.error} />}
      <div class="form-actions">
        <button type="button" class="button" autoFocus onClick={onClose}>
          Keep it
        </button>
        <button type="button" class="button danger" disabled={task.pending} onClick={task.run}>
          Delete
        </button>
      </div>
    </Modal>
  );
};
