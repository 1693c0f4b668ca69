import type { SessionList as List, SessionSummary } from '../api-types.js';
import { formatCount, formatWhen } from '../format.js';
import type { Loaded } from '../use-sessions.js';
import { ErrorNote } from './error-note.js';
import { Icon } from './icon.js';
import { titleOf } from './session-dialogs.js';

export interface SessionActions {
  onOpen: (sessionId: string, messageId?: string) => void;
  onRename: (session: SessionSummary) => void;
  onDelete: (session: SessionSummary) => void;
}

interface SessionRowProps extends SessionActions {
  session: SessionSummary;
  open: boolean;
}

const SessionRow = ({ session, open, onOpen, onRename, onDelete }: SessionRowProps) => {
  const title = titleOf(session);
  return (
    <li class={open ? 'row open' : 'row'} data-testid="session">
      <button
        type="button"
        class="row-main"
        aria-current={open ? 'page' : undefined}
        onClick={() => onOpen(session.session_id)}
      >
        <span class="row-title">{title}</span>
        <span class="row-sub">
          {session.personality_name && <span>{session.personality_name}</span>}
          <time dateTime={session.last_message_at ?? session.created_at}>
            {formatWhen(session.last_message_at ?? session.created_at, new Date())}
          </time>
        </span>
      </button>
      <span class="row-actions">
        <button type="button" class="icon-button" aria-label={`Rename “${title}”`} onClick={() => onRename(session)}>
          <Icon name="pencil" />
        </button>
        <button type="button" class="icon-button" aria-label={`Delete “${title}”`} onClick={() => onDelete(session)}>
          <Icon name="trash" />
        </button>
      </span>
    </li>
  );
};

interface SessionListProps extends SessionActions {
  list: Loaded<List>;
  openId: string | null;
}

export const SessionList = ({ list, openId, ...actions }: SessionListProps) => {
  const { value, error, reload } = list;
  const hidden = value ? value.total - value.sessions.length : 0;
  return (
    <div class="session-list">
      {error && <ErrorNote error={error} onRetry={() => void reload()} />}
      {!value && !error && <p class="hint">Loading your chats…</p>}
      {value?.sessions.length === 0 && <p class="hint">No chats yet. Pick someone to talk to.</p>}
      <ul aria-label="Your chats">
        {value?.sessions.map((session) => (
          <SessionRow key={session.session_id} session={session} open={session.session_id === openId} {...actions} />
        ))}
      </ul>
      {hidden > 0 && <p class="hint">{formatCount(hidden)} older chats are not listed: search finds them.</p>}
    </div>
  );
};
