import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { Entry } from '../transcript.js';
import { useFollowEnd } from '../use-scroll.js';
import { Icon } from './icon.js';
import { Message } from './message.js';

interface TranscriptViewProps {
  entries: Entry[];
  name: string;
  messageId: string | null;
  onRetry: (entry: Entry) => void;
  /** What comes after the last message: the lines of a call. */
  tail: ComponentChildren;
}

/** Read out once and whole when an answer has ended: a live region over the stream would read every token. */
const Announcer = ({ entries, name }: { entries: Entry[]; name: string }) => (
  <div class="visually-hidden" role="log" aria-live="polite" aria-label="New answers">
    {entries
      .filter((entry) => entry.live && entry.role === 'assistant' && entry.state !== 'streaming')
      .map((entry) => (
        <p key={entry.key}>
          {name}: {entry.text} {entry.error ? `Error: ${entry.error.message}` : ''}
          {entry.state === 'interrupted' ? 'Interrupted.' : ''}
        </p>
      ))}
  </div>
);

export const TranscriptView = ({ entries, name, messageId, onRetry, tail }: TranscriptViewProps) => {
  const scroller = useRef<HTMLElement>(null);
  const { atEnd, toEnd, onScroll } = useFollowEnd(scroller, entries, messageId, tail);
  return (
    <>
      <section
        class="transcript"
        ref={scroller}
        onScroll={onScroll}
        tabIndex={0}
        aria-label="Conversation"
        aria-busy={entries.at(-1)?.state === 'streaming'}
      >
        <ol>
          {entries.map((entry) => (
            <Message
              key={entry.key}
              entry={entry}
              speaker={entry.role === 'user' ? 'You' : name}
              found={entry.key === messageId}
              onRetry={onRetry}
            />
          ))}
          {tail}
        </ol>
      </section>
      <Announcer entries={entries} name={name} />
      {!atEnd && (
        <div class="to-end">
          <button type="button" class="button small floating" onClick={toEnd}>
            <Icon name="down" />
            Latest message
          </button>
        </div>
      )}
    </>
  );
};
