import { expect, it } from 'vitest';
import { settingsSql, startupSettings } from './startup-settings.js';

it.each([
  ['nothing', {}, {}],
  ['what is no setting', { user: 'u', database: 'd', client_encoding: 'UTF8' }, {}],
  ['plain parameters', { application_name: 'a' }, { application_name: 'a' }],
  ['-c with a blank', { options: '-c search_path=a,b' }, { search_path: 'a,b' }],
  ['-c without', { options: '-csearch_path=a' }, { search_path: 'a' }],
  ['--name', { options: '--statement-timeout=5' }, { statement_timeout: '5' }],
  ['several', { options: ' -c a=1  --b=2 -c c.d=3=4 ' }, { a: '1', b: '2', 'c.d': '3=4' }],
  ['escaped blanks', { options: String.raw`-c a=x\ y\\z` }, { a: String.raw`x y\z` }],
  ['nonsense', { options: 'foo -c -x =3 -c' }, {}],
])('finds %s', (_, parameters, expected) => {
  expect(Object.fromEntries(startupSettings(new Map(Object.entries<string>(parameters))))).toEqual(expected);
});

it.each([
  [{}, 'RESET ALL'],
  [{ a: 'b' }, "RESET ALL; SELECT set_config('a', 'b', false)"],
  [{ a: "it's", b: '2' }, "RESET ALL; SELECT set_config('a', 'it''s', false), set_config('b', '2', false)"],
  [{ a: String.raw`x\'` }, String.raw`RESET ALL; SELECT set_config('a',  E'x\\''', false)`],
])('writes %j as SQL', (settings, expected) => {
  expect(settingsSql(new Map(Object.entries<string>(settings)))).toBe(expected);
});
