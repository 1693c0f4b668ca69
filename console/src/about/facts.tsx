import { useCallback, useState } from 'preact/hooks';
import { ConfirmDialog } from '../components/confirm-dialog.js';
import { ErrorNote } from '../components/error-note.js';
import { Icon } from '../components/icon.js';
import { Modal } from '../components/modal.js';
import { humanReason } from '../format.js';
import { useAboutApi } from '../services.js';
import { useLoaded } from '../use-sessions.js';
import { useTask } from '../use-task.js';
import type { Fact } from './about-types.js';
import { DeleteButton, KnownRow, When } from './known-row.js';

interface FactDialogProps {
  /** Null for a new one. */
  fact: Fact | null;
  save: (key: string, value: string) => Promise<void>;
  onClose: () => void;
}

/** Keys are for programs; people may write them as they like. */
const keyOf = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, '_');

const FactDialog = ({ fact, save, onClose }: FactDialogProps) => {
  const [key, setKey] = useState(fact?.key ?? '');
  const [value, setValue] = useState(fact?.value ?? '');
  const task = useTask(() => save(keyOf(key), value.trim()), onClose);
  return (
    <Modal title={fact ? 'Correct this fact' : 'Add a fact'} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          task.run();
        }}
      >
        <div>
          <label for="fact-key">About</label>
          <input
            id="fact-key"
            required
            maxLength={64}
            placeholder="home"
            value={key}
            readOnly={fact !== null}
            autoFocus={fact === null}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </div>
        <div>
          <label for="fact-value">What is true</label>
          <input
            id="fact-value"
            required
            maxLength={1000}
            placeholder="Porto"
            value={value}
            autoFocus={fact !== null}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        </div>
        {task.error && <ErrorNote error={task.error} />}
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={task.pending || !key.trim() || !value.trim()}>
            Save
          </button>
        </div>
      </form>
    </Modal>
  );
};

interface FactRowProps {
  fact: Fact;
  onCorrect: () => void;
  onDelete: () => void;
}

const FactRow = ({ fact, onCorrect, onDelete }: FactRowProps) => (
  <KnownRow
    testId="fact"
    notes={
      <>
        <span>{humanReason(fact.key)}</span>
        <When at={fact.since} />
      </>
    }
    actions={
      <>
        <button type="button" class="icon-button" aria-label={`Correct “${fact.value}”`} onClick={onCorrect}>
          <Icon name="pencil" />
        </button>
        <DeleteButton what={fact.value} onClick={onDelete} />
      </>
    }
  >
    <p class="plain">{fact.value}</p>
  </KnownRow>
);

type Dialog = { kind: 'edit'; fact: Fact | null } | { kind: 'delete'; fact: Fact };

const Dialogs = ({
  dialog,
  reload,
  onClose,
}: {
  dialog: Dialog;
  reload: () => Promise<unknown>;
  onClose: () => void;
}) => {
  const api = useAboutApi();
  const { fact } = dialog;
  if (dialog.kind === 'edit') {
    const save = async (key: string, value: string): Promise<void> => {
      await (fact ? api.correctFact(fact, value) : api.setFact(key, value));
      await reload();
    };
    return <FactDialog fact={fact} save={save} onClose={onClose} />;
  }
  const remove = async (): Promise<void> => {
    await api.removeFact(dialog.fact.id);
    await reload();
  };
  const question = `“${humanReason(dialog.fact.key)}: ${dialog.fact.value}” and what was believed before it will be forgotten.`;
  return (
    <ConfirmDialog title="Forget this fact?" question={question} action="Forget" task={remove} onClose={onClose} />
  );
};

export const Facts = () => {
  const api = useAboutApi();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const { value, error, reload } = useLoaded(useCallback(() => api.facts(), [api]));
  return (
    <section aria-label="Facts">
      <p class="lead">Who you are, as far as you have told: what companions take to be true today.</p>
      <div class="about-bar">
        <span />
        <button type="button" class="button small" onClick={() => setDialog({ kind: 'edit', fact: null })}>
          <Icon name="plus" />
          Add a fact
        </button>
      </div>
      {error && <ErrorNote error={error} onRetry={() => void reload()} />}
      {!error && !value && <p class="hint">Loading…</p>}
      {value?.length === 0 && <p class="hint">No facts yet. “I live in Porto” would be one.</p>}
      <ul class="known-list" aria-label="Facts">
        {value?.map((fact) => (
          <FactRow
            key={fact.id}
            fact={fact}
            onCorrect={() => setDialog({ kind: 'edit', fact })}
            onDelete={() => setDialog({ kind: 'delete', fact })}
          />
        ))}
      </ul>
      {dialog && <Dialogs dialog={dialog} reload={reload} onClose={() => setDialog(null)} />}
    </section>
  );
};
