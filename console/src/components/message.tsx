import { formatMoment, formatWhen } from '../format.js';
import type { Entry } from '../transcript.js';
import { AnswerDetails } from './answer-details.js';
import { ErrorNote } from './error-note.js';
import { RichText } from './rich-text.js';

const Thinking = ({ name }: { name: string }) => (
  <p class="thinking">
    <span class="visually-hidden">{name} is thinking</span>
    <i aria-hidden="true" />
    <i aria-hidden="true" />
    <i aria-hidden="true" />
  </p>
);

const Marks = ({ entry }: { entry: Entry }) => (
  <>
    {entry.state === 'interrupted' && (
      <p class="mark" data-testid="interrupted">
        interrupted
      </p>
    )}
    {entry.state === 'cut' && <p class="mark">cut short: the answer reached its length limit</p>}
    {entry.voice && <p class="mark">said in a voice call</p>}
  </>
);

interface MessageProps {
  entry: Entry;
  /** Who speaks: the personality's name or "You". */
  speaker: string;
  found: boolean;
  onRetry: (entry: Entry) => void;
}

const Answer = ({ entry, speaker, onRetry }: Omit<MessageProps, 'found'>) => (
  <>
    {entry.text ? <RichText text={entry.text} /> : entry.state === 'streaming' && <Thinking name={speaker} />}
    {entry.calls.length > 0 && <p class="mark">called {entry.calls.join(', ')}</p>}
    {entry.state === 'done' && !entry.text && entry.calls.length === 0 && <p class="mark">no words in this answer</p>}
    <Marks entry={entry} />
    {entry.error && <ErrorNote error={entry.error} onRetry={() => onRetry(entry)} announce={false} />}
    <AnswerDetails usage={entry.usage} metadata={entry.metadata} />
  </>
);

export const Message = ({ entry, speaker, found, onRetry }: MessageProps) => (
  <li
    class={`message ${entry.role} ${found ? 'found' : ''}`}
    id={`message-${entry.key}`}
    tabIndex={found ? -1 : undefined}
    data-testid="message"
    data-role={entry.role}
    data-state={entry.state}
  >
    <p class="speaker">
      <span>{speaker}</span>{' '}
      <time dateTime={entry.at} title={formatMoment(entry.at)}>
        {formatWhen(entry.at, new Date())}
      </time>
    </p>
    <div class="bubble">
      {entry.role === 'user' ? (
        <>
          <p class="plain">{entry.text}</p>
          <Marks entry={entry} />
        </>
      ) : (
        <Answer entry={entry} speaker={speaker} onRetry={onRetry} />
      )}
    </div>
  </li>
);
