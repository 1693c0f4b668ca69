import { entries, find, findNumber } from './find.js';

/** What the product is to reach, and where a result says whether it does. */
export interface Goal {
  bench: string;
  what: string;
  unit: string;
  /** `at most` or `at least` so much. */
  bound: 'at most' | 'at least';
  limit: number;
  value: (result: unknown) => number | undefined;
}

const SERVER = { to: 'the server' };
const LATE_PERCENT = 1;
const FLAT_MEGABYTES = 50;

/** The most callers at once of whose frames hardly any came late; 0 where even one caller's did. */
function callersInTime(result: unknown): number | undefined {
  const calls = entries(result, 'calls');
  if (calls.length === 0) return undefined;
  const inTime = calls.filter((call) => Number(call['late_frames_percent']) < LATE_PERCENT);
  return Math.max(0, ...inTime.map((call) => Number(call['callers'])));
}

const isWhole = (step: Record<string, unknown>): boolean =>
  ['failed', 'pieces_missing', 'pieces_out_of_order_or_changed', 'stalls'].every((what) => step[what] === 0) &&
  Number(step['megabytes_two_minutes_after']) - Number(step['megabytes_before']) < FLAT_MEGABYTES;

/** The most streams at once of which all came whole, without a stall, with memory back where it was. */
function wholeStreams(result: unknown): number | undefined {
  const steps = entries(result, 'steps');
  if (steps.length === 0) return undefined;
  return Math.max(0, ...steps.filter(isWhole).map((step) => Number(step['most_open_at_once'])));
}

const answeredClients = (result: unknown): number | undefined => {
  const steps = entries(result, 'steps');
  return steps.length === 0 ? undefined : Math.max(...steps.map((step) => Number(step['clients'])));
};

export const GOALS: readonly Goal[] = [
  {
    bench: 'chat',
    what: 'Added to a stored, personalised turn, 50 conversations, p50',
    unit: 'ms',
    bound: 'at most',
    limit: 10,
    value: (result) => findNumber(result, 'paced', 'to', SERVER, 'added_ms_p50'),
  },
  {
    bench: 'chat',
    what: 'The same, p95',
    unit: 'ms',
    bound: 'at most',
    limit: 30,
    value: (result) => findNumber(result, 'paced', 'to', SERVER, 'added_ms_p95'),
  },
  {
    bench: 'chat',
    what: 'Added to the first token, 50 conversations, p50',
    unit: 'ms',
    bound: 'at most',
    limit: 10,
    value: (result) => findNumber(result, 'paced', 'to', SERVER, 'added_first_token_ms_p50'),
  },
  {
    bench: 'chat',
    what: 'Stored turns a second, one process, 50 at once',
    unit: '/s',
    bound: 'at least',
    limit: 500,
    value: (result) => findNumber(result, 'one_after_the_other', { concurrency: 50 }, 'stored_per_second'),
  },
  {
    bench: 'sse',
    what: 'Streams open at once: all whole, no stall of a second, memory back within 50 MB after two minutes',
    unit: '',
    bound: 'at least',
    limit: 2000,
    value: wholeStreams,
  },
  {
    bench: 'sockets',
    what: 'Idle Socket.IO clients of one process, still answered',
    unit: '',
    bound: 'at least',
    limit: 10_000,
    value: answeredClients,
  },
  {
    bench: 'voice',
    what: 'Transcript to first sound, one caller, our own part and the calls of a provider that answers at once, p50',
    unit: 'ms',
    bound: 'at most',
    limit: 20,
    value: (result) => findNumber(result, 'calls', { callers: 1 }, 'transcript_to_first_sound_ms_p50'),
  },
  {
    bench: 'voice',
    what: 'Speech detected to the last frame of the interrupted answer, p50',
    unit: 'ms',
    bound: 'at most',
    limit: 40,
    value: (result) => findNumber(result, 'barge_in', 'ms_p50'),
  },
  {
    bench: 'voice',
    what: 'Callers at once with under 1 % of frames late',
    unit: '',
    bound: 'at least',
    limit: 100,
    value: callersInTime,
  },
  {
    bench: 'memory',
    what: 'Search by words of a user with 1,000 of 110,000 memories, p50',
    unit: 'ms',
    bound: 'at most',
    limit: 10,
    value: (result) => (find(result, 'memories') === 110_000 ? findNumber(result, 'by_words', 'ms_p50') : undefined),
  },
  {
    bench: 'start',
    what: 'Start on real services, the second and later, p50',
    unit: 'ms',
    bound: 'at most',
    limit: 2000,
    value: (result) => (find(result, 'database') === 'embedded' ? undefined : findNumber(result, 'later_ms_p50')),
  },
  {
    bench: 'start',
    what: 'Start on the embedded database, the second and later, p50',
    unit: 'ms',
    bound: 'at most',
    limit: 5000,
    value: (result) => (find(result, 'database') === 'embedded' ? findNumber(result, 'later_ms_p50') : undefined),
  },
];

export type Verdict = 'reached' | 'not reached' | 'not measured';

export function verdict({ bound, limit }: Goal, value: number | undefined): Verdict {
  if (value === undefined || Number.isNaN(value)) return 'not measured';
  return (bound === 'at most' ? value <= limit : value >= limit) ? 'reached' : 'not reached';
}
