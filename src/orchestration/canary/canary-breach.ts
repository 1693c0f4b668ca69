import type { CanaryBudget } from '../../core/domain/canary.js';
import { type ArmTotals, latencyAt } from './canary-window.js';

/** Why a variant is taken back, with the facts that it was judged by. */
export interface CanaryBreach {
  cause: 'error_rate' | 'latency';
  /** What was measured, and what would have been allowed: shares of failed requests, or milliseconds. */
  measured: number;
  allowed: number;
  base: { requests: number; errors: number };
  canary: { requests: number; errors: number };
}

const rateOf = ({ requests, errors }: ArmTotals) => (requests === 0 ? 0 : errors / requests);
const countsOf = ({ requests, errors }: ArmTotals) => ({ requests, errors });
const measuredIn = ({ latencies }: ArmTotals) => [...latencies.values()].reduce((sum, count) => sum + count, 0);
const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

/**
 * Whether a variant breaks its budget. Errors are judged against a base without requests as against one without errors;
 * latency has nothing to be compared with until the base has as many answers as are asked for of the variant.
 */
export function breachOf(budget: CanaryBudget, base: ArmTotals, canary: ArmTotals): CanaryBreach | undefined {
  if (canary.requests < budget.min_requests) return undefined;
  const facts = { base: countsOf(base), canary: countsOf(canary) };
  const { max_error_rate_delta: delta, max_latency_ratio: ratio, latency_percentile: percentile } = budget;
  if (delta !== undefined && rateOf(canary) - rateOf(base) > delta) {
    return { cause: 'error_rate', measured: rounded(rateOf(canary)), allowed: rounded(rateOf(base) + delta), ...facts };
  }
  if (ratio === undefined) return undefined;
  if (Math.min(measuredIn(base), measuredIn(canary)) < budget.min_requests) return undefined;
  const measured = latencyAt(canary, percentile) ?? 0;
  const allowed = (latencyAt(base, percentile) ?? 0) * ratio;
  return measured > allowed
    ? { cause: 'latency', measured: Math.round(measured), allowed: Math.round(allowed), ...facts }
    : undefined;
}
