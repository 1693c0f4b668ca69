import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Personality, SessionSummary } from '../api-types.js';
import { CallLines } from '../call/call-lines.js';
import { CallPanel } from '../call/call-panel.js';
import { isOpen } from '../call/call-state.js';
import { type Call, useCall } from '../call/use-call.js';
import { useStoredCall } from '../call/use-stored-call.js';
import { totalText } from '../format.js';
import { tokenTotal } from '../transcript.js';
import { type Chat, useChat } from '../use-chat.js';
import { Avatar } from './avatar.js';
import { Composer } from './composer.js';
import { ErrorNote } from './error-note.js';
import { Icon } from './icon.js';
import { titleOf } from './session-dialogs.js';
import { TranscriptView } from './transcript-view.js';

interface ChatViewProps {
  sessionId: string;
  messageId: string | null;
  session: SessionSummary | undefined;
  personalities: Personality[];
  menu: ComponentChildren;
  onTurn: (sessionId: string) => void;
  onRename: (session: SessionSummary) => void;
  onDelete: (session: SessionSummary) => void;
}

interface HeaderProps {
  title: string;
  personality: Personality;
  total: string | null;
  menu: ComponentChildren;
  /** Null while there is a call, or nobody to call yet. */
  onCall: (() => void) | null;
  actions: { onRename: () => void; onDelete: () => void } | null;
}

const Heading = ({ title }: { title: string }) => {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Tells a screen reader where it is now; with a keyboard at hand the composer takes the focus over once loaded.
    heading.current?.focus();
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {title}
    </h1>
  );
};

const ChatHeader = ({ title, personality, total, menu, onCall, actions }: HeaderProps) => (
  <header class="chat-top">
    {menu}
    <Avatar id={personality.id} name={personality.name} icon={personality.icon} url={personality.avatar_url} />
    <div class="chat-title">
      <Heading title={title} />
      <p>
        {personality.name}
        {total && (
          <>
            {' · '}
            <span data-testid="session-tokens">
              {total}
              <span class="wide-only"> in this chat</span>
            </span>
          </>
        )}
      </p>
    </div>
    <div class="chat-actions">
      {onCall && (
        <button type="button" class="icon-button" aria-label="Call" title={`Call ${personality.name}`} onClick={onCall}>
          <Icon name="phone" />
        </button>
      )}
      {actions && (
        <>
          <button type="button" class="icon-button" aria-label="Rename this chat" onClick={actions.onRename}>
            <Icon name="pencil" />
          </button>
          <button type="button" class="icon-button" aria-label="Delete this chat" onClick={actions.onDelete}>
            <Icon name="trash" />
          </button>
        </>
      )}
    </div>
  </header>
);

/** A message found by search may have been written during this visit, when its stored id was not known yet. */
function useFound(messageId: string | null, { entries, busy, reload }: Chat): void {
  const looked = useRef<string | null>(null);
  useEffect(() => {
    if (!messageId || busy || entries.length === 0 || looked.current === messageId) return;
    looked.current = messageId;
    if (!entries.some((entry) => entry.key === messageId)) reload();
  }, [messageId, busy, entries]);
}

/** A personality may have been taken off the server since; its chats are still here to read. */
function speakerOf(id: string, { personalities, session }: ChatViewProps): Personality {
  const known = personalities.find((one) => one.id === id);
  return known ?? { id, name: session?.personality_name ?? 'Companion' };
}

interface BodyProps {
  chat: Chat;
  call: Call;
  name: string;
  messageId: string | null;
}

/** In a call, what is typed is said in the call. */
const Body = ({ chat, call, name, messageId }: BodyProps) => {
  const inCall = isOpen(call.state);
  const { lines } = call.state;
  return (
    <>
      <TranscriptView
        entries={chat.entries}
        name={name}
        messageId={messageId}
        onRetry={chat.retry}
        tail={lines.length > 0 && <CallLines lines={lines} name={name} />}
      />
      <CallPanel call={call} name={name} />
      <Composer
        name={name}
        busy={chat.busy}
        takesFocus={messageId === null}
        onSend={inCall ? call.type : chat.send}
        onStop={chat.stop}
      />
    </>
  );
};

/** Null while there is a call, or nobody to call yet. */
const callable = ({ personalityId }: Chat, { state, start }: Call): (() => void) | null =>
  personalityId === null || isOpen(state) ? null : start;

function costOf({ entries }: Chat): string | null {
  const total = tokenTotal(entries);
  return total && totalText(total);
}

export const ChatView = (props: ChatViewProps) => {
  const { session, messageId, menu, onRename, onDelete } = props;
  const chat = useChat(props.sessionId, props.onTurn);
  const personality = speakerOf(chat.personalityId ?? session?.personality_id ?? '', props);
  const title = session ? titleOf(session) : (chat.title ?? `Chat with ${personality.name}`);
  const call = useCall(props.sessionId, personality.id);
  useFound(messageId, chat);
  useStoredCall(call, chat.entries, chat.reload, () => props.onTurn(props.sessionId));
  useEffect(() => {
    document.title = `${title} · CozyEngine`;
  }, [title]);
  const actions = session ? { onRename: () => onRename(session), onDelete: () => onDelete(session) } : null;
  return (
    <>
      <ChatHeader
        title={title}
        personality={personality}
        total={costOf(chat)}
        menu={menu}
        onCall={callable(chat, call)}
        actions={actions}
      />
      {chat.loadError && (
        <div class="chat-problem">
          <ErrorNote error={chat.loadError} onRetry={chat.reload} />
        </div>
      )}
      {chat.personalityId !== null && <Body chat={chat} call={call} name={personality.name} messageId={messageId} />}
    </>
  );
};
