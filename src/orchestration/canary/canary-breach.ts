import type { CanaryBudget } from '../../core/domain/canary.js';
import { type ArmTotals, percentileOf, type Times } from './canary-window.js';

/** Why a variant is taken back, with the facts that it was judged by. */
export interface CanaryBreach {
  cause: 'error_rate' | 'latency' | 'first_token';
  /** What was measured, and what would have been allowed: shares of failed requests, or milliseconds. */
  measured: number;
  allowed: number;
  base: { requests: number; errors: number };
  canary: { requests: number; errors: number };
}

const rateOf = ({ requests, errors }: ArmTotals) => (requests === 0 ? 0 : errors / requests);
const countsOf = ({ requests, errors }: ArmTotals) => ({ requests, errors });
const measuredIn = (times: Times) => [...times.values()].reduce((sum, count) => sum + count, 0);
const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

/**
 * Whether a variant breaks its budget. Errors are judged against a base without requests as against one without errors;
 * times have nothing to be compared with until the base has as many of them as are asked for of the variant.
 */
export function breachOf(budget: CanaryBudget, base: ArmTotals, canary: ArmTotals): CanaryBreach | undefined {
  if (canary.requests < budget.min_requests) return undefined;
  const facts = { base: countsOf(base), canary: countsOf(canary) };
  const { max_error_rate_delta: delta, max_latency_ratio: latency, max_first_token_ratio: firstToken } = budget;
  if (delta !== undefined && rateOf(canary) - rateOf(base) > delta) {
    return { cause: 'error_rate', measured: rounded(rateOf(canary)), allowed: rounded(rateOf(base) + delta), ...facts };
  }
  const late = slower(budget, latency, base.latencies, canary.latencies);
  if (late) return { cause: 'latency', ...late, ...facts };
  const lateToBegin = slower(budget, firstToken, base.firstTokens, canary.firstTokens);
  return lateToBegin && { cause: 'first_token', ...lateToBegin, ...facts };
}

function slower(
  { min_requests: fewest, latency_percentile: percentile }: CanaryBudget,
  ratio: number | undefined,
  base: Times,
  canary: Times,
): Pick<CanaryBreach, 'measured' | 'allowed'> | undefined {
  if (ratio === undefined || Math.min(measuredIn(base), measuredIn(canary)) < fewest) return undefined;
  const measured = percentileOf(canary, percentile) ?? 0;
  const allowed = (percentileOf(base, percentile) ?? 0) * ratio;
  return measured > allowed ? { measured: Math.round(measured), allowed: Math.round(allowed) } : undefined;
}
