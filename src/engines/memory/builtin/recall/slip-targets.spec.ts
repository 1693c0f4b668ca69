import { describe, expect, it } from 'vitest';
import { SlipTargets } from './slip-targets.js';

const targets = new SlipTargets(['garden', 'look', 'river', 'otter']);
const of = (word: string) => [...new Set(targets.of(word))];

describe('what a word is compared with', () => {
  it.each([
    ['gardne', 'garden'],
    ['gxrden', 'garden'],
    ['xarden', 'garden'],
    ['arden', 'garden'],
    ['xgarden', 'garden'],
    ['agrden', 'garden'],
    ['ooter', 'otter'],
    ['ook', 'look'],
  ])('%s, with %s', (word, target) => {
    expect(of(word)).toContain(target);
  });

  it('is little', () => {
    expect(of('garedn')).toEqual(['garden']);
    expect(of('mountain').toSorted()).toEqual(['look', 'otter']);
    expect(of('')).toEqual([]);
  });
});
