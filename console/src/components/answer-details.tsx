import type { TargetedEvent } from 'preact';
import type { AnswerMetadata, EngineReport, Usage } from '../api-types.js';
import { formatCount, humanReason, usageText } from '../format.js';

function engineText(report: EngineReport): string {
  const parts = [
    report.status ?? 'unknown',
    report.reason ? `(${humanReason(report.reason)})` : '',
    typeof report.latency_ms === 'number' ? `${formatCount(Math.round(report.latency_ms))} ms` : '',
    report.cache_hit ? 'cached' : '',
  ];
  return parts.filter(Boolean).join(' ');
}

const numbers = (budget: Record<string, unknown>): [string, number][] =>
  Object.entries(budget).filter((pair): pair is [string, number] => typeof pair[1] === 'number');

const Facts = ({ metadata }: { metadata: AnswerMetadata }) => (
  <dl class="facts">
    {Object.entries(metadata.engines ?? {}).map(([name, report]) => (
      <div key={name}>
        <dt>{humanReason(name)}</dt>
        <dd>{engineText(report)}</dd>
      </div>
    ))}
    {numbers(metadata.token_budget ?? {}).map(([name, value]) => (
      <div key={name}>
        <dt>budget: {humanReason(name)}</dt>
        <dd>{formatCount(value)}</dd>
      </div>
    ))}
    {metadata.request_id && (
      <div>
        <dt>request id</dt>
        <dd>
          <code>{metadata.request_id}</code>
        </dd>
      </div>
    )}
  </dl>
);

const DegradedMark = ({ reasons }: { reasons: string[] }) => (
  <span class="mark warning" data-testid="degraded">
    Degraded{reasons.length > 0 ? `: ${reasons.map(humanReason).join(', ')}` : ''}
  </span>
);

const Cost = ({ usage }: { usage: Usage }) => (
  <span data-testid="usage">
    {usageText(usage)} ({formatCount(usage.prompt_tokens)} in, {formatCount(usage.completion_tokens)} out)
  </span>
);

const hasFacts = (metadata: AnswerMetadata | null): metadata is AnswerMetadata =>
  Boolean(metadata?.request_id || metadata?.engines || metadata?.token_budget);

/** What opens below the last words on the screen would stay out of sight. */
const showWhole = ({ currentTarget }: TargetedEvent<HTMLDetailsElement>): void => {
  if (currentTarget.open) currentTarget.scrollIntoView({ block: 'nearest' });
};

/** What an answer cost and how it came about: one quiet line, and the rest for who asks. */
export const AnswerDetails = ({ usage, metadata }: { usage: Usage | null; metadata: AnswerMetadata | null }) => {
  const reasons = metadata?.degraded ? (metadata.degrade_reasons ?? []) : null;
  // The welcome and what the user said have neither: no line for them.
  if (!usage && !reasons) return null;
  return (
    <div class="answer-details">
      {reasons && <DegradedMark reasons={reasons} />}
      {usage && <Cost usage={usage} />}
      {hasFacts(metadata) && (
        <details onToggle={showWhole}>
          <summary>Details</summary>
          <Facts metadata={metadata} />
        </details>
      )}
    </div>
  );
};
