import { CHARTS, type Charts } from './charts.js';
import { find } from './find.js';

/** How the results of one bench are shown. */
export interface Section {
  bench: string;
  title: string;
  what: string;
  charts?: Charts;
  /** The part of a result that is worth a table; all figures where there is none. */
  shown?: (result: Record<string, unknown>) => Record<string, unknown>;
}

const SAMPLES = new Set(['resident', 'heap_after_collection']);
const withoutSamples = (result: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(result).filter(([what]) => !SAMPLES.has(what)));

const onlyReported = (result: Record<string, unknown>) => {
  const recall = (find(result, 'recall') ?? {}) as Record<string, unknown>;
  const reported = Object.entries(recall).filter(([part]) => part.startsWith('report_'));
  return { ...result, recall: Object.fromEntries(reported) };
};

export const SECTIONS: readonly Section[] = [
  {
    bench: 'chat',
    title: 'Chat turns',
    what: 'Stored, personalised, streamed turns, beside the same simulated provider asked directly and through a bare Node.js proxy, in slices one after the other; users have a session each. “Paced”: 50 conversations with a provider that sends its first token after 300 ms and 20 more within 700 ms; “added” is the time beyond what the provider itself took for that turn. Processor times are those of all processes of that name on the machine, for one turn.',
    charts: CHARTS.chat,
  },
  {
    bench: 'traces',
    title: 'Tracing',
    what: 'A stored, streamed turn of a server that is traced beside one that is not.',
  },
  {
    bench: 'sse',
    title: 'Open streams',
    what: 'Answers streamed slowly, all open at once, by one process; every piece carries its number, its time and a sum of those before it. Then 50 readers of fast streams beside one that asked for 40 MB and reads nothing.',
    charts: CHARTS.sse,
  },
  {
    bench: 'sockets',
    title: 'Idle sockets',
    what: 'Socket.IO clients that are connected and say nothing; a message of one of them is timed.',
    charts: CHARTS.sockets,
  },
  {
    bench: 'voice',
    title: 'Calls over the socket transport',
    what: 'Callers speak, are transcribed and answered with sound by a simulated provider that answers at once; callers and server share the machine.',
    charts: CHARTS.voice,
  },
  { bench: 'voice-sequence', title: 'Short calls, one after the other', what: 'What the server holds after so many.' },
  {
    bench: 'rtp',
    title: 'Sound over RTP',
    what: 'Opus decoded, listened to for speech, and encoded; without SRTP, DTLS and conversation.',
    charts: CHARTS.rtp,
  },
  {
    bench: 'context',
    title: 'Context',
    what: 'Three engines that take 100, 150 and 200 ms, asked together; and the built-in ones with a long session.',
  },
  {
    bench: 'writeback',
    title: 'Learning from turns',
    what: 'Turns answered and learned from, on both backends of the queue, with the demo engine.',
    charts: CHARTS.writeback,
  },
  {
    bench: 'memory',
    title: 'Memory search',
    what: 'A user’s own among those of all; “first” is a process that has not compared any yet.',
    charts: CHARTS.memory,
  },
  {
    bench: 'recall',
    title: 'Recall',
    what: 'Whether the turn that holds an answer is found among the first 1, 5, 10 or 20, in invented conversations on which nothing was tuned.',
    charts: CHARTS.recall,
    shown: onlyReported,
  },
  {
    bench: 'knowledge',
    title: 'Knowledge search',
    what: 'A dataset of many pieces, and a small one of somebody else beside it.',
    charts: CHARTS.knowledge,
  },
  {
    bench: 'keys',
    title: 'A flood of wrong credentials',
    what: 'From eight addresses at full speed, alone and beside people who talk; with no limit for an address, and with the default one. Statements are transactions of the database beyond those of an idle server.',
    charts: CHARTS.keys,
  },
  {
    bench: 'soak',
    title: 'Soak',
    what: 'Turns over HTTP, a third of all actions left in the middle, and sockets that come and go. The slopes are those of the nearest straight lines.',
    charts: CHARTS.soak,
    shown: withoutSamples,
  },
  { bench: 'start', title: 'Start', what: 'From the process to the first answer of `/health/ready`.', charts: CHARTS.start }, // prettier-ignore
];
