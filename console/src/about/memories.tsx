import { useCallback, useState } from 'preact/hooks';
import type { SessionSummary } from '../api-types.js';
import { ConfirmDialog } from '../components/confirm-dialog.js';
import { ErrorNote } from '../components/error-note.js';
import { Icon } from '../components/icon.js';
import { titleOf } from '../components/session-dialogs.js';
import { excerpt } from '../format.js';
import { routeHash } from '../route.js';
import { useAboutApi } from '../services.js';
import { useTask } from '../use-task.js';
import type { Memory } from './about-types.js';
import { DeleteButton, KnownRow, When } from './known-row.js';
import { usePaged } from './use-paged.js';

const TYPING_MS = 300;
const SHOWN_LENGTH = 60;

interface MemoryRowProps {
  memory: Memory;
  sessions: SessionSummary[];
  onDelete: () => void;
}

const Origin = ({ memory, sessions }: Omit<MemoryRowProps, 'onDelete'>) => {
  const { session_id: sessionId, message_id: messageId } = memory;
  if (!sessionId) return <span>kept by hand</span>;
  const session = sessions.find((one) => one.session_id === sessionId);
  return (
    <a href={routeHash({ page: 'chat', sessionId, messageId: messageId ?? null })}>
      {session ? titleOf(session) : 'An older chat'}
    </a>
  );
};

const MemoryRow = ({ memory, sessions, onDelete }: MemoryRowProps) => (
  <KnownRow
    testId="memory"
    notes={
      <>
        <When at={memory.created_at} />
        <Origin memory={memory} sessions={sessions} />
      </>
    }
    actions={<DeleteButton what={excerpt(memory.text, '', SHOWN_LENGTH)} onClick={onDelete} />}
  >
    <p class="plain">{memory.text}</p>
  </KnownRow>
);

const AddMemory = ({ onAdded }: { onAdded: () => void }) => {
  const api = useAboutApi();
  const [text, setText] = useState('');
  const added = (): void => {
    setText('');
    onAdded();
  };
  const task = useTask(() => api.remember(text.trim()), added);
  return (
    <form
      class="about-add"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) task.run();
      }}
    >
      <input
        aria-label="Something to remember"
        placeholder="Something to remember, such as: My sister is called Eva."
        maxLength={4000}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="button" disabled={task.pending || text.trim() === ''}>
        <Icon name="plus" />
        Remember
      </button>
      {task.error && <ErrorNote error={task.error} />}
    </form>
  );
};

const Dialogs = ({ dialog, list, onClose }: { dialog: Memory | 'all'; list: MemoryList; onClose: () => void }) => {
  const api = useAboutApi();
  if (dialog === 'all') {
    const forgetAll = async (): Promise<void> => {
      await api.forgetAll();
      await list.reload();
    };
    const question =
      'Everything that companions remember of you will be forgotten at once. Chats, facts and documents stay.';
    const title = 'Forget all memories?';
    return <ConfirmDialog title={title} question={question} action="Forget all" task={forgetAll} onClose={onClose} />;
  }
  const forget = async (): Promise<void> => {
    await api.forget(dialog.id);
    list.drop(dialog);
  };
  const question = `“${excerpt(dialog.text, '', 300)}” will be forgotten. The message itself stays in its chat.`;
  return <ConfirmDialog title="Forget this?" question={question} action="Forget" task={forget} onClose={onClose} />;
};

type MemoryList = ReturnType<typeof useMemories>;

function useMemories(query: string) {
  const api = useAboutApi();
  const load = useCallback(
    (cursor: string | null, signal: AbortSignal) => api.memories(query, cursor, signal),
    [api, query],
  );
  return usePaged(load, query ? TYPING_MS : 0);
}

function summary(query: string, items: Memory[] | null): string {
  if (!items) return 'Loading…';
  if (items.length > 0) return query ? 'The nearest come first.' : '';
  return query ? 'Nothing of this kind is remembered.' : 'Nothing is remembered yet. Tell a companion about yourself.';
}

export const Memories = ({ sessions }: { sessions: SessionSummary[] }) => {
  const [text, setText] = useState('');
  const [dialog, setDialog] = useState<Memory | 'all' | null>(null);
  const query = text.trim();
  const list = useMemories(query);
  return (
    <section aria-label="Memories">
      <p class="lead">What you have said, and what your companions therefore remember in every chat.</p>
      <AddMemory onAdded={() => void list.reload()} />
      <div class="about-bar">
        <search class="search-field">
          <Icon name="search" />
          <input
            type="search"
            aria-label="Search your memories"
            placeholder="Search your memories"
            maxLength={1000}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </search>
        <button type="button" class="button small" disabled={!list.items?.length} onClick={() => setDialog('all')}>
          <Icon name="trash" />
          Forget all
        </button>
      </div>
      {list.error && <ErrorNote error={list.error} onRetry={() => void list.reload()} />}
      <p class="hint" role="status">
        {!list.error && summary(query, list.items)}
      </p>
      <ul class="known-list" aria-label="Memories">
        {list.items?.map((memory) => (
          <MemoryRow key={memory.id} memory={memory} sessions={sessions} onDelete={() => setDialog(memory)} />
        ))}
      </ul>
      {list.hasMore && (
        <button type="button" class="button small" onClick={list.more}>
          Older memories
        </button>
      )}
      {dialog && <Dialogs dialog={dialog} list={list} onClose={() => setDialog(null)} />}
    </section>
  );
};
