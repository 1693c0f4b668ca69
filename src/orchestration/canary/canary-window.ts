import type { CanaryArm } from '../../core/domain/canary.js';

/** How a turn went: whether it failed, and its milliseconds where it was answered. */
export interface CanaryOutcome {
  failed: boolean;
  milliseconds: number | undefined;
}

export interface ArmTotals {
  requests: number;
  errors: number;
  /** Turns by how long they took; see `bucketOf`. */
  latencies: Map<number, number>;
}

type Slice = Record<CanaryArm, ArmTotals>;

const SLICES = 20;
/** Each bucket of latencies ends a twentieth above the one before. */
const GROWTH = 1.05;

const none = (): ArmTotals => ({ requests: 0, errors: 0, latencies: new Map() });
const bucketOf = (milliseconds: number) => Math.round(Math.log(Math.max(milliseconds, 1)) / Math.log(GROWTH));
const middleOf = (bucket: number) => GROWTH ** bucket;

/** What happened in the last seconds, on either side. Small whatever the load: it keeps counts, not requests. */
export class CanaryWindow {
  private readonly slices = new Map<number, Slice>();
  private readonly sliceMs: number;

  constructor(seconds: number) {
    this.sliceMs = (seconds * 1000) / SLICES;
  }

  /** @param now milliseconds on any clock that only goes on. */
  add(arm: CanaryArm, { failed, milliseconds }: CanaryOutcome, now: number): void {
    const at = Math.floor(now / this.sliceMs);
    let slice = this.slices.get(at);
    if (!slice) {
      slice = { base: none(), canary: none() };
      this.slices.set(at, slice);
      this.forget(at);
    }
    const totals = slice[arm];
    totals.requests += 1;
    if (failed) totals.errors += 1;
    if (milliseconds === undefined) return;
    const bucket = bucketOf(milliseconds);
    totals.latencies.set(bucket, (totals.latencies.get(bucket) ?? 0) + 1);
  }

  totals(arm: CanaryArm, now: number): ArmTotals {
    this.forget(Math.floor(now / this.sliceMs));
    const sum = none();
    for (const slice of this.slices.values()) {
      const { requests, errors, latencies } = slice[arm];
      sum.requests += requests;
      sum.errors += errors;
      for (const [bucket, count] of latencies) sum.latencies.set(bucket, (sum.latencies.get(bucket) ?? 0) + count);
    }
    return sum;
  }

  private forget(now: number): void {
    for (const at of this.slices.keys()) {
      if (at <= now - SLICES) this.slices.delete(at);
    }
  }
}

/** Milliseconds, to within a few percent; undefined where nothing was measured. */
export function latencyAt({ latencies }: ArmTotals, percentile: number): number | undefined {
  const sorted = [...latencies].toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.ceil((total * percentile) / 100);
  for (const [bucket, count] of sorted) {
    left -= count;
    if (left <= 0) return middleOf(bucket);
  }
  return undefined;
}
