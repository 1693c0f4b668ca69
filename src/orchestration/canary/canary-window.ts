import type { CanaryArm } from '../../core/domain/canary.js';

/** How a turn went: whether it failed, and where it was answered its milliseconds, in all and to the first piece. */
export interface CanaryOutcome {
  failed: boolean;
  milliseconds: number | undefined;
  /** Absent too where the answer came in one piece. */
  firstTokenMs?: number | undefined;
}

/** Turns by how long they took; see `bucketOf`. */
export type Times = Map<number, number>;

export interface ArmTotals {
  requests: number;
  errors: number;
  latencies: Times;
  firstTokens: Times;
}

export type SideTotals = Record<CanaryArm, ArmTotals>;

type Pairs = [bucket: number, count: number][];
/** Instances of a version before have no first tokens to tell. */
type SharedArm = [requests: number, errors: number, latencies: Pairs, firstTokens?: Pairs];

/** A part of a window as instances tell it to each other; `at` counts such parts since 1970. */
export type SharedSlice = { at: number } & Record<CanaryArm, SharedArm>;

const SLICES = 20;
const ARMS = ['base', 'canary'] as const;
/** Each bucket of times ends a twentieth above the one before. */
const GROWTH = 1.05;

const none = (): ArmTotals => ({ requests: 0, errors: 0, latencies: new Map(), firstTokens: new Map() });
export const nothing = (): SideTotals => ({ base: none(), canary: none() });
const bucketOf = (milliseconds: number) => Math.round(Math.log(Math.max(milliseconds, 1)) / Math.log(GROWTH));
const once = (milliseconds: number | undefined): Times =>
  new Map(milliseconds === undefined ? [] : [[bucketOf(milliseconds), 1]]);
const middleOf = (bucket: number) => GROWTH ** bucket;

function grow(sum: ArmTotals, { requests, errors, latencies, firstTokens }: ArmTotals): void {
  sum.requests += requests;
  sum.errors += errors;
  for (const [bucket, count] of latencies) sum.latencies.set(bucket, (sum.latencies.get(bucket) ?? 0) + count);
  for (const [bucket, count] of firstTokens) sum.firstTokens.set(bucket, (sum.firstTokens.get(bucket) ?? 0) + count);
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
  add(arm: CanaryArm, { failed, milliseconds, firstTokenMs }: CanaryOutcome, now: number): void {
    const turn = {
      requests: 1,
      errors: failed ? 1 : 0,
      latencies: once(milliseconds),
      firstTokens: once(firstTokenMs),
    };
    grow(this.slice(Math.floor(now / this.sliceMs))[arm], turn);
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

const asShared = ({ requests, errors, latencies, firstTokens }: ArmTotals): SharedArm => [
  requests,
  errors,
  [...latencies],
  [...firstTokens],
];
const asTotals = ([requests, errors, latencies, firstTokens]: SharedArm): ArmTotals => ({
  requests,
  errors,
  latencies: new Map(latencies),
  firstTokens: new Map(firstTokens),
});

/** Milliseconds, to within a few percent; undefined where nothing was measured. */
export function percentileOf(times: Times, percentile: number): number | undefined {
  const sorted = [...times].toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.ceil((total * percentile) / 100);
  for (const [bucket, count] of sorted) {
    left -= count;
    if (left <= 0) return middleOf(bucket);
  }
  return undefined;
}
