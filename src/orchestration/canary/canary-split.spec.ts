import { describe, expect, it } from 'vitest';
import { CanaryRule } from '../../core/domain/canary.js';
import { splitOf, splitText } from './canary-split.js';

const rule = (fields: Partial<CanaryRule>): CanaryRule =>
  Object.assign(new CanaryRule(), { feature: 'f', enabled: true, ...fields });
const PLACE = { personalityId: 'companion', environment: 'production' };

describe('splitOf', () => {
  it('counts each subject once, by variant and by reason', () => {
    const split = splitOf(rule({ percentage: 0, allow_list: ['a'], block_list: ['b'] }), ['a', 'b', 'c', 'd'], PLACE);
    expect(split).toEqual({
      subjects: 4,
      variants: { canary: 1, base: 3, none: 0 },
      reasons: { 'canary: allow_list': 1, 'base: block_list': 1, 'base: percentage': 2 },
    });
  });

  it('tells whom the rule is not for', () => {
    const split = splitOf(rule({ percentage: 100, environments: ['staging'] }), ['a', 'b'], PLACE);
    expect(split.variants).toEqual({ canary: 0, base: 0, none: 2 });
  });

  it('writes shares', () => {
    const text = splitText(rule({ allow_list: ['a'] }), splitOf(rule({ allow_list: ['a'] }), ['a', 'b'], PLACE));
    expect(text).toMatch(/^ {2}canary +1 +50\.00 %$/m);
  });

  it('shows no share of nobody', () => {
    expect(splitText(rule({}), splitOf(rule({}), [], PLACE))).toMatch(/^ {2}base +0 +0\.00 %$/m);
  });
});
