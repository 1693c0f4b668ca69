import { entries, find, findNumber } from './find.js';
import type { Chart, Series } from './svg.js';

/** The plots of a bench's result; `find` gives undefined for what an older result does not hold, and nothing is drawn. */
export type Charts = (result: unknown) => Chart[];

type Entry = Record<string, unknown>;

const numberOf = (entry: Entry, key: string): number | undefined => findNumber(entry, key);
const seriesOf = (list: Entry[], named: Record<string, string>): Series[] =>
  Object.entries(named).map(([name, key]) => ({ name, values: list.map((entry) => numberOf(entry, key)) }));
const categoriesOf = (list: Entry[], key: string): string[] =>
  list.map((entry) => (typeof entry[key] === 'number' ? entry[key].toLocaleString('en-US') : String(entry[key])));

const SPREAD = { p50: 'ms_p50', p95: 'ms_p95' };
const shares = (name: string, of: number[]) =>
  Object.fromEntries(of.map((share) => [`p${share}`, `${name}_ms_p${share}`]));

const chat: Charts = (result) => {
  const steps = entries(result, 'one_after_the_other');
  const to = entries(result, 'paced', 'to');
  const [categories, below] = [categoriesOf(steps, 'concurrency'), 'turns at once'];
  const who = { server: 'server_cpu_ms', PostgreSQL: 'postgres_cpu_ms', Redis: 'redis_cpu_ms' };
  return [
    {
      file: 'chat-throughput',
      title: 'Stored turns a second, one process',
      unit: '',
      categories,
      below,
      series: seriesOf(steps, { 'stored, personalised': 'stored_per_second' }),
    },
    {
      file: 'chat-cpu',
      title: 'Processor time of a turn',
      unit: 'ms',
      categories,
      below,
      series: seriesOf(steps, { ...who, 'simulated provider': 'simulator_cpu_ms', client: 'client_cpu_ms' }),
    },
    {
      file: 'chat-paced',
      title: 'Added to a turn of a provider that takes a second, 50 conversations',
      unit: 'ms',
      categories: categoriesOf(to, 'to'),
      below: 'asked',
      series: seriesOf(to, shares('added', [50, 95, 99])),
    },
    {
      file: 'chat-first-token',
      title: 'Added to the first token, 50 conversations',
      unit: 'ms',
      categories: categoriesOf(to, 'to'),
      below: 'asked',
      series: seriesOf(to, shares('added_first_token', [50, 95, 99])),
    },
  ];
};

const sse: Charts = (result) => {
  const steps = entries(result, 'steps');
  const [categories, below] = [categoriesOf(steps, 'streams'), 'streams at once'];
  const memory = { before: 'megabytes_before', during: 'megabytes_during', after: 'megabytes_after' };
  return [
    {
      file: 'sse-delay',
      title: 'Time between pieces: difference to the provider',
      unit: 'ms',
      categories,
      below,
      series: seriesOf(steps, { p50: 'gap_difference_ms_p50', p99: 'gap_difference_ms_p99' }),
    },
    { file: 'sse-memory', title: 'Memory', unit: 'MB', categories, below, series: seriesOf(steps, memory) },
  ];
};

const sockets: Charts = (result) => {
  const steps = entries(result, 'steps');
  const series = seriesOf(steps, { p50: 'answer_ms_p50', p95: 'answer_ms_p95' });
  const categories = categoriesOf(steps, 'clients');
  return [{ file: 'sockets', title: 'A message answered', unit: 'ms', categories, below: 'idle clients', series }];
};

const voice: Charts = (result) => {
  const calls = entries(result, 'calls');
  const name = 'transcript_to_first_sound';
  const [categories, below] = [categoriesOf(calls, 'callers'), 'callers at once'];
  const series = seriesOf(calls, shares(name, [50, 95]));
  return [{ file: 'voice', title: 'Transcript to first sound', unit: 'ms', categories, below, series }];
};

const rtp: Charts = (result) => {
  const calls = entries(result, 'calls');
  const who = { server: 'server_cpu_ms_per_call_second', worker: 'worker_cpu_ms_per_call_second' };
  return [
    {
      file: 'rtp',
      title: 'Processor time of a call, each second',
      unit: 'ms',
      categories: categoriesOf(calls, 'callers'),
      below: 'callers at once',
      series: seriesOf(calls, who),
    },
  ];
};

const writeback: Charts = (result) => {
  const backends = entries(result, 'backends');
  return [
    {
      file: 'writeback',
      title: 'Turns a second',
      unit: '',
      categories: categoriesOf(backends, 'queue'),
      below: 'queue',
      series: seriesOf(backends, {
        answered: 'turns_per_second',
        'learned from': 'learned_per_second',
        'answered while learning': 'turns_per_second_while_learning',
      }),
    },
  ];
};

/** Of parts of the result that hold a spread each. */
function spreads(file: string, title: string, named: Record<string, string>): Charts {
  return (result) => {
    const parts = Object.values(named).map((key) => (find(result, key) ?? {}) as Entry);
    const series = seriesOf(parts, SPREAD);
    return [{ file, title, unit: 'ms', categories: Object.keys(named), below: '', series }];
  };
}

const recall: Charts = (result) => {
  const ways = (find(result, 'recall', 'report_all') ?? {}) as Record<string, Entry>;
  const names = Object.keys(ways);
  const series = names.map((name) => ({
    name: name.replaceAll('_', ' '),
    values: [1, 5, 10, 20].map((most) => findNumber(ways[name], `r${most}`)),
  }));
  const categories = ['first', 'first 5', 'first 10', 'first 20'];
  return [{ file: 'recall', title: 'Share of evidence found', unit: '', categories, below: 'among the', series }];
};

const keys: Charts = (result) => {
  const kinds = entries(result, 'no_limit', 'kinds');
  const alone = find(result, 'no_limit', 'honest_alone');
  const all = kinds.length > 0 ? [{ ...(alone as Entry), shown: 'no flood' }, ...kinds] : [];
  return [
    {
      file: 'keys',
      title: 'Turns of honest people beside a flood of wrong credentials',
      unit: 'ms',
      categories: all.map((_kind, at) => (at === 0 ? 'no flood' : `flood ${at}`)),
      below: all.slice(1).map(({ shown }, at) => `${at + 1}: ${String(shown)}`).join('; '), // prettier-ignore
      series: seriesOf(all, shares('honest', [50, 99])),
    },
  ];
};

const points = (result: unknown, name: string): [number, number][] =>
  entries(result, name).map((sample) => [Number(sample['minute']), Number(sample['megabytes'])]);

const soak: Charts = (result) => [
  {
    file: 'soak',
    title: 'Memory while people come and go',
    unit: 'MB',
    below: 'minutes after the warm-up',
    series: [
      { name: 'resident', points: points(result, 'resident') },
      { name: 'heap without garbage', points: points(result, 'heap_after_collection') },
    ],
  },
];

const start: Charts = (result) => {
  const values = [findNumber(result, 'first_ms'), findNumber(result, 'later_ms_p50')];
  const categories = ['first', 'later, p50'];
  return [{ file: 'start', title: 'Start', unit: 'ms', categories, below: '', series: [{ name: 'start', values }] }];
};

export const CHARTS = {
  chat,
  sse,
  sockets,
  voice,
  rtp,
  writeback,
  memory: spreads('memory', 'A search among 110,000 memories', {
    words: 'by_words',
    'words, first': 'by_words_first',
    'of 10,000': 'by_words_of_10000',
    'of 10,000, first': 'by_words_of_10000_first',
    'and vectors': 'by_words_and_vectors',
  }),
  recall,
  knowledge: spreads('knowledge', 'A search in a dataset', {
    questions: 'questions',
    'common words only': 'common_words_only',
    'a small one beside it': 'beside_it_with_100_pieces',
  }),
  keys,
  soak,
  start,
} satisfies Record<string, Charts>;
