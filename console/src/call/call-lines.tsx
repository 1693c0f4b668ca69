import { formatCount, formatWhen } from '../format.js';
import { RichText } from '../components/rich-text.js';
import { heardParts, type Line, stagesOf } from './call-state.js';

const Timings = ({ line }: { line: Line }) => {
  const stages = stagesOf(line.timings);
  if (stages.length === 0) return null;
  return (
    <p class="call-timings" data-testid="call-timings" title="Since you stopped speaking">
      {stages.map(({ label, ms }) => (
        <span key={label}>
          {label} {formatCount(ms)} ms
        </span>
      ))}
    </p>
  );
};

const Words = ({ line }: { line: Line }) => {
  const { heard, unheard } = heardParts(line);
  if (line.state !== 'interrupted' || line.heard === null) return <RichText text={line.text} />;
  return (
    <p class="plain">
      {heard}
      {unheard && (
        <s class="unheard">
          <span class="visually-hidden">Not heard: </span>
          {unheard}
        </s>
      )}
    </p>
  );
};

const MARKS: Partial<Record<Line['state'], string>> = {
  interrupted: 'interrupted',
  failed: 'this answer failed',
};

const Answer = ({ line, name }: { line: Line; name: string }) => (
  <>
    {line.text ? (
      <Words line={line} />
    ) : (
      <p class="thinking">
        <span class="visually-hidden">{name} is thinking</span>
        <i aria-hidden="true" />
        <i aria-hidden="true" />
        <i aria-hidden="true" />
      </p>
    )}
    {line.tools.length > 0 && <p class="mark">used {line.tools.join(', ')}</p>}
    {MARKS[line.state] && <p class="mark">{MARKS[line.state]}</p>}
    <Timings line={line} />
  </>
);

const CallLineView = ({ line, name }: { line: Line; name: string }) => {
  const isUser = line.who === 'user';
  return (
    <li
      class={`message ${isUser ? 'user' : 'assistant'} in-call`}
      data-testid="call-line"
      data-role={line.who}
      data-state={line.state}
    >
      <p class="speaker">
        <span>{isUser ? (line.guest ?? 'You') : name}</span>{' '}
        <time dateTime={line.at}>{formatWhen(line.at, new Date())}</time>
      </p>
      <div class="bubble">
        {isUser ? <p class={line.state === 'partial' ? 'plain still' : 'plain'}>{line.text || '…'}</p> : null}
        {!isUser && <Answer line={line} name={name} />}
      </div>
    </li>
  );
};

/** What is being said in a call, at the end of the conversation that it belongs to. */
export const CallLines = ({ lines, name }: { lines: Line[]; name: string }) => (
  <>
    {lines.map((line) => (
      <CallLineView key={line.key} line={line} name={name} />
    ))}
  </>
);
