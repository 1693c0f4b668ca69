import { describe, expect, it } from 'vitest';
import { GOALS, verdict } from './goals.js';
import { pageOf, type StoredResult } from './page.js';
import { svgOf, ticksOf } from './svg.js';
import { shown, tables } from './table.js';

const CHAT: StoredResult = {
  bench: 'chat',
  command: 'npm run bench -- chat',
  measured_at: '2026-11-26T01:49:57.619Z',
  database: 'PostgreSQL 15.20, Redis 7.0.15',
  machine: { cpus: 2, model: 'AMD EPYC', memory_gb: 23.54, node: 'v20.20.2', load: 0.03 },
  one_after_the_other: [
    { concurrency: 1, stored_per_second: 80.5, stored_ms_p50: 12.25, server_cpu_ms: 5, redis_cpu_ms: null },
    { concurrency: 50, stored_per_second: 612, stored_ms_p50: 80, server_cpu_ms: 3, redis_cpu_ms: null },
  ],
  paced: {
    conversations: 50,
    to: [
      { to: 'the provider', added_ms_p50: 1, added_ms_p95: 2, added_first_token_ms_p50: 1 },
      { to: 'the server', added_ms_p50: 9.99, added_ms_p95: 31, added_first_token_ms_p50: 4 },
    ],
  },
};

const rowOf = (markdown: string, what: string) => markdown.split('\n').find((line) => line.startsWith(`| ${what}`));
const verdictOf = (results: StoredResult[], what: string) => rowOf(pageOf(results).markdown, what)?.split(' | ')[3];

describe('the page of figures', () => {
  it('says of each goal whether it is reached', () => {
    expect(verdictOf([CHAT], 'Added to a stored')).toBe('reached');
    expect(verdictOf([CHAT], 'The same, p95')).toBe('**not reached**');
    expect(verdictOf([CHAT], 'Stored turns a second')).toBe('reached');
    expect(verdictOf([CHAT], 'Streams open at once')).toBe('**not measured**');
  });

  it('has every figure of the result, and none that it does not hold', () => {
    const { markdown } = pageOf([CHAT]);
    expect(markdown).toContain('| concurrency | 1 | 50 |');
    expect(markdown).toContain('| stored, ms p50 | 12.3 | 80 |');
    expect(markdown).toContain('| redis cpu ms | – | – |');
    expect(markdown).not.toMatch(/NaN|undefined|null|\[object/);
    expect(markdown).not.toContain('## Soak');
  });

  it('says how each was measured', () => {
    const { markdown } = pageOf([CHAT]);
    for (const told of [
      '- Command: `npm run bench -- chat`',
      '- Date: 2026-11-26 01:49 UTC',
      '- Machine: 2 cores, AMD EPYC, 23.5 GB, Node.js v20.20.2',
      '- Database: PostgreSQL 15.20, Redis 7.0.15',
      '- Load average before the run: 0.03',
    ]) {
      expect(markdown).toContain(told);
    }
    expect(pageOf([{ bench: 'rtp', calls: [] }]).markdown).toContain('- Load average before the run: not recorded');
  });

  it('shows both stores, and judges by the real services', () => {
    const embedded: StoredResult = { ...structuredClone(CHAT), database: 'embedded' };
    embedded['paced'] = { to: [{ to: 'the server', added_ms_p50: 99 }] };
    const { markdown, plots } = pageOf([embedded, CHAT]);
    expect(markdown).toContain('### Embedded database');
    expect(rowOf(markdown, 'Added to a stored')).toContain('9.99 ms');
    expect([...plots.keys()]).toEqual(expect.arrayContaining(['chat-paced.svg', 'chat-paced-embedded.svg']));
  });

  it('links the plots that it makes, and makes none without figures', () => {
    const { markdown, plots } = pageOf([CHAT, { bench: 'sse', steps: [] }]);
    const linked = [...markdown.matchAll(/\(images\/performance\/(.+?)\)/g)].map(([, name]) => name);
    expect(new Set(linked)).toEqual(new Set(plots.keys()));
    expect(linked).not.toContain('sse-delay.svg');
  });
});

describe('a goal', () => {
  const atMost = GOALS.find(({ bound }) => bound === 'at most');
  const atLeast = GOALS.find(({ bound }) => bound === 'at least');
  it.each([
    [atMost, -1, 'reached'],
    [atMost, 0, 'reached'],
    [atMost, 1, 'not reached'],
    [atLeast, -1, 'not reached'],
    [atLeast, 0, 'reached'],
    [atLeast, 1, 'reached'],
  ])('%# is judged at its limit %s', (goal, more, expected) => {
    if (!goal) throw new Error('no such goal');
    expect(verdict(goal, goal.limit + more)).toBe(expected);
    expect(verdict(goal, undefined)).toBe('not measured');
  });

  const valueOf = (bench: string, result: object) => GOALS.find((goal) => goal.bench === bench)?.value(result);
  const whole = {
    most_open_at_once: 2000,
    failed: 0,
    pieces_missing: 0,
    pieces_out_of_order_or_changed: 0,
    stalls: 0,
    megabytes_before: 300,
    megabytes_two_minutes_after: 310,
  };
  it.each([
    ['all came whole', {}, 2000],
    ['a piece is missing', { pieces_missing: 1 }, 0],
    ['one stalled', { stalls: 1 }, 0],
    ['memory has grown', { megabytes_two_minutes_after: 400 }, 0],
  ])('counts streams only where %s', (_case, change, expected) => {
    expect(valueOf('sse', { steps: [{ ...whole, ...change }] })).toBe(expected);
  });

  it('counts only callers whose frames are in time', () => {
    const calls = [1, 50, 100].map((callers) => ({ callers, late_frames_percent: callers === 100 ? 1.5 : 0.2 }));
    const goal = GOALS.find(({ what }) => what.startsWith('Callers at once'));
    expect(goal?.value({ calls })).toBe(50);
  });
});

describe('tables and plots', () => {
  it.each([
    [1234.5, '1,235'],
    [12.345, '12.3'],
    [0.005, '0.01'],
    [null, '–'],
    [true, 'yes'],
    ['a|b', 'a\\|b'],
  ])('shows %s as %s', (value, expected) => {
    expect(shown(value)).toBe(expected);
  });

  it('shows parts of parts as rows', () => {
    expect(tables({ recall: { all: { bm25: { r1: 0.2 }, ours: { r1: 0.5 } }, en: { ours: { r1: 0.6 } } } })).toEqual([
      '**recall**',
      '|  | r1 |\n| --- | ---: |\n| all, bm25 | 0.2 |\n| all, ours | 0.5 |\n| en, ours | 0.6 |',
    ]);
  });

  it.each([
    [0, 9, [0, 2, 4, 6, 8, 10]],
    [0, 0.4, [0, 0.1, 0.2, 0.3, 0.4]],
    [-3, 5, [-4, -2, 0, 2, 4, 6]],
    [0, 0, [0]],
  ])('takes round ticks from %s to %s', (least, most, expected) => {
    expect(ticksOf(least, most).slice(0, expected.length)).toEqual(expected);
  });

  it('draws a bar for a value and none for a missing one, and is read on light and dark', () => {
    const chart = { file: 'x', title: 'A <title>', unit: 'ms', below: '', categories: ['a', 'b'] };
    const svg = svgOf({ ...chart, series: [{ name: 'one', values: [1, undefined] }] }) ?? '';
    expect(svg.match(/<rect /g)).toHaveLength(2); // the legend and one bar
    expect(svg).toContain('A &lt;title&gt;');
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svgOf({ ...chart, series: [{ name: 'one', values: [undefined] }] })).toBeUndefined();
  });

  it('draws lines where there are points', () => {
    const points: [number, number][] = [
      [0, 5],
      [1, 7],
    ];
    const svg = svgOf({ file: 'x', title: 'T', unit: '', below: '', series: [{ name: 'one', points }] }) ?? '';
    expect(svg.match(/<polyline points="[\d., ]+"/g)).toHaveLength(1);
  });
});
