import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CanaryRule } from '../../core/domain/canary.js';
import { type CanarySituation, canaryPosition, decideCanary } from './canary-decision.js';

const rule = (fields: Partial<CanaryRule>): CanaryRule =>
  Object.assign(new CanaryRule(), { feature: 'f', enabled: true, ...fields });
const HERE: CanarySituation = {
  userId: 'ada',
  sessionId: 's1',
  personalityId: 'companion',
  environment: 'production',
};

describe('decideCanary', () => {
  it.each<[string, Partial<CanaryRule>, string]>([
    ['disabled, whoever is allowed', { enabled: false, percentage: 100, allow_list: ['ada'] }, 'nothing'],
    ['another environment, whoever is allowed', { environments: ['staging'], allow_list: ['ada'] }, 'nothing'],
    ['another personality, whoever is allowed', { personalities: ['tutor'], allow_list: ['ada'] }, 'nothing'],
    ['this environment', { environments: ['staging', 'production'], percentage: 100 }, 'canary percentage'],
    ['this personality', { personalities: ['companion'], percentage: 100 }, 'canary percentage'],
    ['blocked before allowed', { block_list: ['ada'], allow_list: ['ada'], percentage: 100 }, 'base block_list'],
    ['blocked by session', { block_list: ['s1'], percentage: 100 }, 'base block_list'],
    ['allowed at 0 %', { allow_list: ['ada'], percentage: 0 }, 'canary allow_list'],
    ['allowed by session', { allow_list: ['s1'], percentage: 0 }, 'canary allow_list'],
    ['disabled, but with a server for the others', { enabled: false, base_upstream: 'old' }, 'base disabled'],
    ['a server for the others, in another environment', { environments: ['test'], base_upstream: 'old' }, 'nothing'],
    ['0 %', { percentage: 0 }, 'base percentage'],
    ['100 %', { percentage: 100 }, 'canary percentage'],
    ['somebody else listed', { allow_list: ['bob'], block_list: ['eve'], percentage: 0 }, 'base percentage'],
  ])('%s', (_, fields, expected) => {
    const verdict = decideCanary(rule(fields), HERE);
    expect(verdict ? `${verdict.arm} ${verdict.reason}` : 'nothing').toBe(expected);
  });

  it('goes by the session where the rule says so, and by the user where there is none', () => {
    const bySession = rule({ subject: 'session', percentage: 50 });
    const byUser = rule({ percentage: 50 });
    const users = Array.from({ length: 50 }, (_, index) => `u${index}`);
    const arms = (of: CanaryRule, sessionId: string | null) =>
      new Set(users.map((userId) => decideCanary(of, { ...HERE, userId, sessionId })?.arm));
    expect([...arms(bySession, 's1')]).toHaveLength(1);
    expect([...arms(bySession, null)]).toHaveLength(2);
    expect([...arms(byUser, 's1')]).toHaveLength(2);
  });
});

describe('canaryPosition', () => {
  it.each(['ada', 'bob', '01a203f2-8513-7280-8d6c-41c0393f38df', '你好'])('is sha256 mod 100 of %s', (subject) => {
    // By hand, digit by digit, not by the arithmetic of the code.
    const hex = createHash('sha256').update(`new-model:${subject}`).digest('hex');
    const whole = Array.from(hex).reduce((rest, digit) => (rest * 16 + Number.parseInt(digit, 16)) % 100, 0);
    expect(Math.floor(canaryPosition('new-model', subject))).toBe(whole);
  });

  it('never changes', () => {
    expect(canaryPosition('new-model', 'ada')).toBe(canaryPosition('new-model', 'ada'));
    expect(canaryPosition('new-model', 'ada')).not.toBe(canaryPosition('old-model', 'ada'));
  });
});

describe('the share of 100,000 subjects', () => {
  const SUBJECTS = 100_000;
  const positions = Array.from({ length: SUBJECTS }, (_, index) => canaryPosition('f', `user-${index}`));
  const shareOf = (percentage: number) =>
    (positions.filter((position) => position < percentage).length / SUBJECTS) * 100;

  it.each([1, 5, 10, 25, 50, 75, 99])('is %d % within half a percent', (percentage) => {
    expect(Math.abs(shareOf(percentage) - percentage)).toBeLessThan(0.5);
  });

  it.each([0.5, 0.1, 0.01, 12.34])('is %d % within a tenth of a percent', (percentage) => {
    expect(shareOf(percentage)).toBeGreaterThan(0);
    expect(Math.abs(shareOf(percentage) - percentage)).toBeLessThan(percentage > 1 ? 0.5 : 0.1);
  });

  it('of one feature is independent of the share of another', () => {
    const both = positions.filter((position, index) => position < 50 && canaryPosition('g', `user-${index}`) < 50);
    expect(Math.abs(both.length / SUBJECTS - 0.25)).toBeLessThan(0.005);
  });
});
