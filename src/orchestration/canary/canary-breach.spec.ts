import { describe, expect, it } from 'vitest';
import { CanaryBudget } from '../../core/domain/canary.js';
import { breachOf } from './canary-breach.js';
import { CanaryWindow, percentileOf } from './canary-window.js';

const budget = (fields: Partial<CanaryBudget>) => Object.assign(new CanaryBudget(), { min_requests: 10 }, fields);

interface Side {
  ok?: number;
  failed?: number;
  milliseconds?: number;
  firstTokenMs?: number;
}

function windowOf(base: Side, canary: Side): CanaryWindow {
  const window = new CanaryWindow(60);
  for (const [arm, { ok = 0, failed = 0, milliseconds = 100, firstTokenMs }] of Object.entries({ base, canary })) {
    for (let at = 0; at < ok; at += 1) window.add(arm as 'base', { failed: false, milliseconds, firstTokenMs }, 0);
    for (let at = 0; at < failed; at += 1) window.add(arm as 'base', { failed: true, milliseconds: undefined }, 0);
  }
  return window;
}

const judged = (fields: Partial<CanaryBudget>, base: Side, canary: Side) => {
  const window = windowOf(base, canary);
  return breachOf(budget(fields), window.totals(0).base, window.totals(0).canary);
};

const FIRST = { max_first_token_ratio: 2 };
const SLOW = { ok: 10, milliseconds: 900, firstTokenMs: 800 };
const SLOW_ALONE = { ok: 10, milliseconds: 900, firstTokenMs: 20 };

describe('breachOf', () => {
  it.each<[string, Partial<CanaryBudget>, Side, Side, string | undefined]>([
    ['too few requests', { max_error_rate_delta: 0 }, { ok: 100 }, { failed: 9 }, undefined],
    ['all of enough requests', { max_error_rate_delta: 0.5 }, { ok: 100 }, { failed: 10 }, 'error_rate'],
    ['no more than allowed', { max_error_rate_delta: 0.1 }, { ok: 100 }, { ok: 9, failed: 1 }, undefined],
    ['more than allowed', { max_error_rate_delta: 0.1 }, { ok: 100 }, { ok: 8, failed: 2 }, 'error_rate'],
    ['as bad as the base', { max_error_rate_delta: 0.1 }, { ok: 50, failed: 50 }, { ok: 5, failed: 5 }, undefined],
    ['no base at all', { max_error_rate_delta: 0.1 }, {}, { failed: 10 }, 'error_rate'],
    ['no limit stated', {}, { ok: 100 }, { failed: 10 }, undefined],
    ['slower', { max_latency_ratio: 1.5 }, { ok: 10 }, { ok: 10, milliseconds: 200 }, 'latency'],
    ['a little slower', { max_latency_ratio: 1.5 }, { ok: 10 }, { ok: 10, milliseconds: 120 }, undefined],
    ['slower than a base of few', { max_latency_ratio: 1.5 }, { ok: 9 }, { ok: 10, milliseconds: 900 }, undefined],
    ['later to begin', FIRST, { ok: 10, firstTokenMs: 20 }, { ok: 10, firstTokenMs: 50 }, 'first_token'],
    ['a little later to begin', FIRST, { ok: 10, firstTokenMs: 20 }, { ok: 10, firstTokenMs: 35 }, undefined],
    ['slower, but no later to begin', FIRST, { ok: 10, firstTokenMs: 20 }, SLOW_ALONE, undefined],
    ['later to begin than a base in one piece', FIRST, { ok: 10 }, { ok: 10, firstTokenMs: 50 }, undefined],
    ['slower and later to begin', { ...FIRST, max_latency_ratio: 1.5 }, { ok: 10, firstTokenMs: 9 }, SLOW, 'latency'],
  ])('%s', (_, fields, base, canary, cause) => {
    expect(judged(fields, base, canary)?.cause).toBe(cause);
  });

  it('tells what it was judged by', () => {
    expect(judged({ max_error_rate_delta: 0.05 }, { ok: 99, failed: 1 }, { ok: 5, failed: 5 })).toEqual({
      cause: 'error_rate',
      measured: 0.5,
      allowed: 0.06,
      base: { requests: 100, errors: 1 },
      canary: { requests: 10, errors: 5 },
    });
  });
});

describe('CanaryWindow', () => {
  it('forgets what is older than its seconds, piece by piece', () => {
    const window = new CanaryWindow(20);
    window.add('canary', { failed: true, milliseconds: undefined }, 0);
    window.add('canary', { failed: false, milliseconds: 5 }, 10_000);
    expect(window.totals(10_000).canary).toMatchObject({ requests: 2, errors: 1 });
    expect(window.totals(20_000).canary).toMatchObject({ requests: 1, errors: 0 });
    expect(window.totals(30_000).canary).toMatchObject({ requests: 0 });
  });

  it.each([
    [50, 100],
    [90, 100],
    [99, 1000],
  ])('knows the %dth percentile to within a few percent', (percentile, expected) => {
    const window = new CanaryWindow(60);
    for (let at = 0; at < 98; at += 1) window.add('base', { failed: false, milliseconds: 100 }, at);
    for (let at = 0; at < 2; at += 1) window.add('base', { failed: false, milliseconds: 1000 }, at);
    const measured = percentileOf(window.totals(0).base.latencies, percentile) ?? 0;
    expect(Math.abs(measured / expected - 1)).toBeLessThan(0.03);
  });

  it('adds what others have told, as far as it is recent', () => {
    const [mine, theirs] = [new CanaryWindow(20), new CanaryWindow(20)];
    theirs.add('canary', { failed: true, milliseconds: undefined }, 0);
    theirs.add('canary', { failed: false, milliseconds: 100, firstTokenMs: 20 }, 10_000);
    theirs.add('base', { failed: false, milliseconds: 100 }, 10_000);
    const told = JSON.parse(JSON.stringify(theirs.shared(10_000))) as ReturnType<CanaryWindow['shared']>;
    expect(mine.totalsOf(told, 10_000)).toEqual(theirs.totals(10_000));
    const later = mine.totalsOf(told, 20_000);
    expect([later.canary.requests, later.canary.errors, later.base.requests]).toEqual([1, 0, 1]);
    expect(percentileOf(later.canary.latencies, 50)).toBeCloseTo(100, -1);
  });

  it('hears of a version before that knows no first tokens', () => {
    const slice = {
      at: 0,
      base: [1, 0, [[94, 1]]] as [number, number, [number, number][]],
      canary: [0, 0, []] as never,
    };
    expect(new CanaryWindow(20).totalsOf([slice], 0).base).toMatchObject({ requests: 1, firstTokens: new Map() });
  });

  it('has no percentile of nothing', () => {
    expect(percentileOf(new Map(), 50)).toBeUndefined();
  });
});
