import { useEffect, useRef, useState } from 'preact/hooks';
import type { User } from '../api-types.js';
import { ErrorNote } from '../components/error-note.js';
import { Icon } from '../components/icon.js';
import { Modal } from '../components/modal.js';
import { useAccountApi } from '../services.js';
import { useTask } from '../use-task.js';
import type { ExportFile } from './account-api.js';
import { SecondFactorPart } from './second-factor-part.js';

function save({ name, content }: ExportFile): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download has begun by then; some browsers read the address only in the next turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const ExportPart = () => {
  const api = useAccountApi();
  const left = useRef(new AbortController());
  useEffect(() => () => left.current.abort(), []);
  const [saved, setSaved] = useState(false);
  const task = useTask(
    async () => save(await api.export(left.current.signal)),
    () => setSaved(true),
  );
  return (
    <section class="account-part">
      <h3>Your data</h3>
      <p class="hint">All that is stored of you in one JSON file: chats, memories, facts, documents.</p>
      {task.error && <ErrorNote error={task.error} />}
      <div class="account-act">
        <button type="button" class="button small" disabled={task.pending} onClick={task.run}>
          <Icon name="down" />
          {task.pending ? 'Preparing…' : 'Export my data'}
        </button>
        <span class="hint" role="status">
          {saved && 'Saved to your downloads.'}
        </span>
      </div>
    </section>
  );
};

const goHome = (): void => {
  window.location.hash = '#/';
};

const DeletePart = () => {
  const api = useAccountApi();
  const [open, setOpen] = useState(false);
  const [password, setPassword] = useState('');
  const task = useTask(() => api.delete(password), goHome);
  if (!open) {
    return (
      <section class="account-part">
        <h3>Leave</h3>
        <p class="hint">Deletes the account with everything that belongs to it.</p>
        <button type="button" class="button small" onClick={() => setOpen(true)}>
          <Icon name="trash" />
          Delete my account…
        </button>
      </section>
    );
  }
  return (
    <section class="account-part">
      <h3>Delete your account?</h3>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          task.run();
        }}
      >
        <p class="hint">Your chats, memories, facts and documents will be deleted. This cannot be undone.</p>
        <div>
          <label for="delete-password">Your password</label>
          <input
            id="delete-password"
            type="password"
            autocomplete="current-password"
            required
            maxLength={256}
            autoFocus
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </div>
        {task.error && <ErrorNote error={task.error} />}
        <div class="form-actions">
          <button type="button" class="button" onClick={() => setOpen(false)}>
            Keep it
          </button>
          <button type="submit" class="button danger" disabled={task.pending || password === ''}>
            Delete my account
          </button>
        </div>
      </form>
    </section>
  );
};

export const AccountDialog = ({ user, onClose }: { user: User; onClose: () => void }) => (
  <Modal title="Account" onClose={onClose}>
    <p class="modal-text">
      Signed in as <strong>{user.username}</strong>
      {user.email && <span class="hint"> · {user.email}</span>}
    </p>
    <SecondFactorPart />
    <ExportPart />
    <DeletePart />
  </Modal>
);
