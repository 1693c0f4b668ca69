import { describe, expect, it } from 'vitest';
import { fuseRankings } from './rank-fusion.js';

const order = (scores: Map<string, number>) => [...scores].toSorted(([, a], [, b]) => b - a).map(([id]) => id);

describe('fused rankings', () => {
  it('put first what several rankings put high', () => {
    const fused = fuseRankings([{ ids: ['a', 'b', 'c'] }, { ids: ['d', 'b', 'e'] }]);
    expect(order(fused)[0]).toBe('b');
  });

  it('score the first of every ranking 1', () => {
    expect(fuseRankings([{ ids: ['a', 'b'] }, { ids: ['a'] }]).get('a')).toBe(1);
  });

  it('keep a single ranking as it is, and ignore empty ones', () => {
    const fused = fuseRankings([{ ids: ['x', 'y', 'z'] }, { ids: [] }]);
    expect(order(fused)).toEqual(['x', 'y', 'z']);
    expect(fused.get('x')).toBe(1);
  });

  it('follow the ranking that is trusted more', () => {
    expect(order(fuseRankings([{ ids: ['a'], weight: 0.5 }, { ids: ['b'] }]))).toEqual(['b', 'a']);
  });

  it('are empty for nothing', () => {
    expect(fuseRankings([]).size).toBe(0);
  });
});
