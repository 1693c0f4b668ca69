import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../load-config.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'canary-section-'));
afterAll(() => rmSync(folder, { recursive: true }));

const load = (canary: object) => {
  writeFileSync(path.join(folder, 'canary.yaml'), JSON.stringify(canary, null, 2));
  return loadConfig({ SECRET: 'a secret of some length', TOKEN: 'token' }, folder).config.canary;
};
const problemsOf = (canary: object): string[] => {
  try {
    load(canary);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

const upstream = (fields: object) => ({ upstreams: [{ name: 'old', url: 'https://old.example.com/chat', ...fields }] });

describe('canary.yaml', () => {
  it('has defaults for all but the names', () => {
    const { rules, upstreams } = load({ rules: [{ feature: 'f' }], ...upstream({}) });
    expect(rules[0]).toMatchObject({ enabled: false, percentage: 0, subject: 'user', allow_list: [], variant: {} });
    expect(upstreams[0]).toMatchObject({ headers: {}, first_byte_timeout_ms: 30_000 });
  });

  it.each<[string, object, RegExp]>([
    [
      'an unknown key',
      { rules: [{ feature: 'f', percent: 5 }] },
      /canary\.yaml:5: rules\[0\]\.percent is not a known key/,
    ],
    ['a share over all', { rules: [{ feature: 'f', percentage: 101 }] }, /rules\[0\]\.percentage must not be greater/],
    ['a name used twice', { rules: [{ feature: 'f' }, { feature: 'f' }] }, /rules must not name two features alike/],
    ['a bad name', { rules: [{ feature: 'Not This' }] }, /rules\[0\]\.feature must be 1 to 64/],
    [
      'an unknown variant',
      { rules: [{ feature: 'f', variant: { prompt: 'x' } }] },
      /variant\.prompt is not a known key/,
    ],
    ['no address', upstream({ url: 'old' }), /upstreams\[0\]\.url/],
    ['an unknown placeholder', upstream({ headers: { 'x-user': '{password}' } }), /placeholders are \{user_id\}/],
    ['a header of two lines', upstream({ headers: { 'x-user': 'a\r\nb: c' } }), /upstreams\[0\]\.headers/],
    ['a literal secret', upstream({ sign: { secret: 'written down here' } }), /sign\.secret is a secret; give it by/],
    ['a literal token', upstream({ tokens: { 'user-1': 'written-down' } }), /tokens\.user-1 is a secret; give it by/],
  ])('refuses %s', (_, canary, problem) => {
    expect(problemsOf(canary).join('\n')).toMatch(problem);
  });

  it('takes secrets of the environment', () => {
    const given = upstream({ sign: { secret: '${SECRET}' }, tokens: { 'user-1': '${TOKEN}' } });
    expect(load(given).upstreams[0]).toMatchObject({
      sign: { secret: 'a secret of some length', claims: { sub: '{user_id}' } },
      tokens: { 'user-1': 'token' },
    });
  });
});
