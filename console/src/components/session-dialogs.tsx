import { useState } from 'preact/hooks';
import type { SessionSummary } from '../api-types.js';
import { useTask } from '../use-task.js';
import { ConfirmDialog } from './confirm-dialog.js';
import { ErrorNote } from './error-note.js';
import { Modal } from './modal.js';

export const titleOf = (session: SessionSummary): string =>
  session.title || (session.personality_name ? `Chat with ${session.personality_name}` : 'Untitled chat');

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

export const DeleteDialog = ({ session, remove, onClose }: DeleteProps) => (
  <ConfirmDialog
    title="Delete chat?"
    question={`“${titleOf(session)}” and its messages will be deleted. This cannot be undone.`}
    action="Delete"
    task={() => remove(session)}
    onClose={onClose}
  />
);
