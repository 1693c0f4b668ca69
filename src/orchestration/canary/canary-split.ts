import type { CanaryRule } from '../../core/domain/canary.js';
import { type CanarySituation, decideCanary } from './canary-decision.js';

/** How a population would be split: subjects by variant and why, `none` being those that the rule is not for. */
export interface CanarySplit {
  subjects: number;
  variants: Record<'canary' | 'base' | 'none', number>;
  reasons: Record<string, number>;
}

type Place = Pick<CanarySituation, 'personalityId' | 'environment'>;

/** Each subject counts as a user and as a session alike, whichever the rule goes by. */
export function splitOf(rule: CanaryRule, subjects: Iterable<string>, place: Place): CanarySplit {
  const split: CanarySplit = { subjects: 0, variants: { canary: 0, base: 0, none: 0 }, reasons: {} };
  for (const subject of subjects) {
    const verdict = decideCanary(rule, { userId: subject, sessionId: subject, ...place });
    const reason = verdict ? `${verdict.arm}: ${verdict.reason}` : 'none: not for them';
    split.subjects += 1;
    split.variants[verdict?.arm ?? 'none'] += 1;
    split.reasons[reason] = (split.reasons[reason] ?? 0) + 1;
  }
  return split;
}

const NAMES = ['canary', 'base', 'none'] as const;

/** As text for a terminal. */
export function splitText(rule: CanaryRule, split: CanarySplit): string {
  const share = (count: number) => `${((count / Math.max(split.subjects, 1)) * 100).toFixed(2)} %`;
  const line = (name: string, count: number) =>
    `  ${name.padEnd(24)}${String(count).padStart(10)}${share(count).padStart(12)}\n`;
  const state = rule.enabled ? `${rule.percentage} % of ${rule.subject}s` : 'disabled';
  const reasons = Object.entries(split.reasons).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    `${rule.feature} (${state}), ${split.subjects} subjects:\n`,
    ...NAMES.map((name) => line(name, split.variants[name])),
    'by reason:\n',
    ...reasons.map(([reason, count]) => line(reason, count)),
  ].join('');
}
