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

export type SideTotals = Record<CanaryArm, ArmTotals>;

type SharedArm = [requests: number, errors: number, latencies: [bucket: number, count: number][]];

/** A part of a window as instances tell it to each other; `at` counts such parts since 1970. */
export type SharedSlice = { at: number } & Record<CanaryArm, SharedArm>;

const SLICES = 20;
const ARMS = ['base', 'canary'] as const;
/** Each bucket of latencies ends a twentieth above the one before. */
const GROWTH = 1.05;

const none = (): ArmTotals => ({ requests: 0, errors: 0, latencies: new Map() });
export const nothing = (): SideTotals => ({ base: none(), canary: none() });
const bucketOf = (milliseconds: number) => Math.round(Math.log(Math.max(milliseconds, 1)) / Math.log(GROWTH));
const middleOf = (bucket: number) => GROWTH ** bucket;

function grow(sum: ArmTotals, { requests, errors, latencies }: Omit<ArmTotals, 'latencies'> & Latencies): void {
  sum.requests += requests;
  sum.errors += errors;
  for (const [bucket, count] of latencies) sum.latencies.set(bucket, (sum.latencies.get(bucket) ?? 0) + count);
}

interface Latencies {
  latencies: Iterable<readonly [number, number]>;
}

/** Both sides of several parts together. */
export function together(all: readonly SideTotals[]): SideTotals {
  const sum = nothing();
  for (const arm of ARMS) for (const part of all) grow(sum[arm], part[arm]);
  return sum;
}

/** What happened in the last seconds, on either side. Small whatever the load: it keeps counts, not requests. */
export class CanaryWindow {
  private readonly slices = new Map<number, SideTotals>();
  private readonly sliceMs: number;

  constructor(seconds: number) {
    this.sliceMs = (seconds * 1000) / SLICES;
  }

  /** @param now milliseconds since 1970, as instances compare them. */
  add(arm: CanaryArm, { failed, milliseconds }: CanaryOutcome, now: number): void {
    const latencies: [number, number][] = milliseconds === undefined ? [] : [[bucketOf(milliseconds), 1]];
    grow(this.slice(Math.floor(now / this.sliceMs))[arm], { requests: 1, errors: failed ? 1 : 0, latencies });
  }

  totals(now: number): SideTotals {
    this.forget(Math.floor(now / this.sliceMs));
    return together([...this.slices.values()]);
  }

  shared(now: number): SharedSlice[] {
    this.forget(Math.floor(now / this.sliceMs));
    return [...this.slices].map(([at, { base, canary }]) => ({ at, base: asShared(base), canary: asShared(canary) }));
  }

  /** What others have told, as far as it is within the window. */
  totalsOf(slices: readonly SharedSlice[], now: number): SideTotals {
    const first = Math.floor(now / this.sliceMs) - SLICES + 1;
    const recent = slices.filter(({ at }) => at >= first);
    return together(recent.map(({ base, canary }) => ({ base: asTotals(base), canary: asTotals(canary) })));
  }

  private slice(at: number): SideTotals {
    const known = this.slices.get(at);
    if (known) return known;
    const slice = nothing();
    this.slices.set(at, slice);
    this.forget(at);
    return slice;
  }

  private forget(now: number): void {
    for (const at of this.slices.keys()) {
      if (at <= now - SLICES) this.slices.delete(at);
    }
  }
}

const asShared = ({ requests, errors, latencies }: ArmTotals): SharedArm => [requests, errors, [...latencies]];
const asTotals = ([requests, errors, latencies]: SharedArm): ArmTotals => ({
  requests,
  errors,
  latencies: new Map(latencies),
});

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
