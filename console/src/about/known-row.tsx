import type { ComponentChildren } from 'preact';
import { Icon } from '../components/icon.js';
import { formatMoment, formatWhen } from '../format.js';

interface KnownRowProps {
  testId: string;
  children: ComponentChildren;
  /** What stands in the line below: when, where from, what became of it. */
  notes: ComponentChildren;
  actions: ComponentChildren;
}

/** One thing that is known. */
export const KnownRow = ({ testId, children, notes, actions }: KnownRowProps) => (
  <li class="known" data-testid={testId}>
    <div class="known-text">
      {children}
      <p class="known-notes">{notes}</p>
    </div>
    <div class="known-actions">{actions}</div>
  </li>
);

export const When = ({ at }: { at: string | null | undefined }) =>
  at ? (
    <time dateTime={at} title={formatMoment(at)}>
      {formatWhen(at, new Date())}
    </time>
  ) : null;

export const DeleteButton = ({ what, onClick }: { what: string; onClick: () => void }) => (
  <button type="button" class="icon-button" aria-label={`Delete “${what}”`} onClick={onClick}>
    <Icon name="trash" />
  </button>
);
