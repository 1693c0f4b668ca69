import { useTask } from '../use-task.js';
import { ErrorNote } from './error-note.js';
import { Modal } from './modal.js';

interface ConfirmProps {
  title: string;
  question: string;
  action: string;
  task: () => Promise<void>;
  onClose: () => void;
}

/** For what cannot be undone: the focus is on the way out of it. */
export const ConfirmDialog = ({ title, question, action, task, onClose }: ConfirmProps) => {
  const { pending, error, run } = useTask(task, onClose);
  return (
    <Modal title={title} onClose={onClose}>
      <p class="modal-text">{question}</p>
      {error && <ErrorNote error={error} />}
      <div class="form-actions">
        <button type="button" class="button" autoFocus onClick={onClose}>
          Keep it
        </button>
        <button type="button" class="button danger" disabled={pending} onClick={run}>
          {action}
        </button>
      </div>
    </Modal>
  );
};
