import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFull, saveResult, store } from './result.js';
import { startTestServer } from '../test/setup/test-server.js';
import { newSession, percentile, people, type Person, some, type Target } from './load.js';
import { Metrics } from './metrics.js';
import { type PacedTurn, pacedTurn } from './paced-turn.js';
import { type AnswerPlan, question } from './plan.js';
import { cpuSeconds, residentMegabytes, startHelper } from './processes.js';

// Many answers streamed at once by one process, each slowly: whether every piece arrives as it was sent, what is added to
// the time between pieces, and the memory before, while and after. Then some readers beside one that reads nothing.

const STREAMS = (process.env['STREAMS'] ?? (isFull ? '200,1000,2000,4000' : '200,2000')).split(',').map(Number);
const USERS = 50;
const PIECES = 45;
const GAP_MS = 1000;
/** A client that opens all at once measures itself. */
const OPENS_PER_SECOND = 150;
const STALL_MS = 1000;
const SETTLE_MS = 20_000;
/** Learning is over then, connections that nobody uses are closed, and V8 has given back what it does not need. */
const LATER_MS = 120_000;
const READERS = 50;
const READER_PLAN: AnswerPlan = { chunks: 300, firstMs: 100, gapMs: 30, bytes: 24 };
const UNREAD_PLAN: AnswerPlan = { chunks: 10_000, firstMs: 0, gapMs: 0, bytes: 4096 };
const COLLECTOR = path.join(import.meta.dirname, 'collect-on-signal.mjs');

const provider = await startHelper('paced-provider.ts');
const server = await startTestServer({
  env: {
    OPENAI_BASE_URL: provider.url,
    OPENAI_API_KEY: 'any',
    LOG_LEVEL: 'info',
    NODE_OPTIONS: `--expose-gc --import ${COLLECTOR}`,
  },
});
const pid = server.process.pid ?? 0;

/** After what has ended is forgotten and garbage is collected. */
async function settledMegabytes(afterMs = SETTLE_MS): Promise<number> {
  await wait(afterMs);
  process.kill(pid, 'SIGUSR2');
  await wait(1000);
  return residentMegabytes(pid);
}

async function targetOf(persons: Person[], streams: number, plan: AnswerPlan): Promise<Target> {
  const sessions = await some(streams, (at) => newSession(server.url, persons[at % persons.length] as Person));
  return {
    url: `${server.url}/v1/chat/completions`,
    headers: (turn) => ({ authorization: `Bearer ${persons[turn % persons.length]?.token}` }),
    body: (turn) =>
      JSON.stringify({
        stream: true,
        messages: [{ role: 'user', content: question(plan, turn) }],
        cozy: { session_id: sessions[turn % sessions.length] },
      }),
  };
}

/** Milliseconds by which each time between two pieces was longer or shorter than at the provider. */
const gapErrors = ({ check: { arrived } }: PacedTurn): number[] =>
  arrived.slice(1).map((one, at) => {
    const before = arrived[at] ?? one;
    return one.arrivedAt - before.arrivedAt - (one.sentAt - before.sentAt);
  });

const onTheWay = ({ check: { arrived } }: PacedTurn): number[] =>
  arrived.map(({ arrivedAt, sentAt }) => arrivedAt - sentAt);

function told(turns: PacedTurn[], pieces: number) {
  const errors = turns.flatMap(gapErrors);
  const delays = turns.flatMap(onTheWay);
  const sizes = errors.map(Math.abs);
  return {
    pieces: turns.reduce((sum, { check }) => sum + check.arrived.length, 0),
    pieces_missing: turns.reduce((sum, { check }) => sum + pieces - check.arrived.length, 0),
    pieces_out_of_order_or_changed: turns.reduce((sum, { check }) => sum + check.broken, 0),
    delay_ms_p50: percentile(delays, 0.5),
    delay_ms_p99: percentile(delays, 0.99),
    gap_difference_ms_p50: percentile(sizes, 0.5),
    gap_difference_ms_p99: percentile(sizes, 0.99),
    stalls: errors.filter((error) => error > STALL_MS).length,
  };
}

async function atOnce(persons: Person[], streams: number) {
  const plan = { chunks: PIECES, firstMs: 100, gapMs: GAP_MS, bytes: 24 };
  const target = await targetOf(persons, streams, plan);
  const before = await settledMegabytes();
  const over = new AbortController();
  const turns = Promise.allSettled(
    Array.from({ length: streams }, async (_, at) => {
      await wait((at * 1000) / OPENS_PER_SECOND);
      return pacedTurn(target, at);
    }),
  ).finally(() => over.abort());
  const [startedAt, cpu] = [performance.now(), cpuSeconds(pid)];
  let [open, during] = [0, 0];
  while (!over.signal.aborted) {
    await Promise.race([turns, wait(1000)]);
    open = Math.max(open, (await Metrics.read(server.url)).sum('cozy_sse_streams_open'));
    during = Math.max(during, residentMegabytes(pid));
  }
  const busy = (cpuSeconds(pid) - cpu) / ((performance.now() - startedAt) / 1000);
  const settled = await turns;
  const answered = settled.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
  return {
    streams,
    most_open_at_once: open,
    failed: settled.length - answered.length,
    ...told(answered, PIECES),
    server_cpu_percent: busy * 100,
    megabytes_before: before,
    megabytes_during: during,
    megabytes_after: await settledMegabytes(),
    megabytes_two_minutes_after: await settledMegabytes(LATER_MS - SETTLE_MS),
  };
}

/** A client that asks for 40 MB and takes nothing of it. */
async function unread(person: Person): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const sessionId = await newSession(server.url, person);
  const content = question(UNREAD_PLAN, 0);
  const body = JSON.stringify({
    stream: true,
    messages: [{ role: 'user', content }],
    cozy: { session_id: sessionId },
  });
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.pause();
  socket.on('error', () => undefined);
  const head = ['POST /v1/chat/completions HTTP/1.1', `Host: ${hostname}`, 'Content-Type: application/json'];
  head.push(`Authorization: Bearer ${person.token}`, `Content-Length: ${Buffer.byteLength(body)}`);
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  return socket;
}

async function besideOneWhoDoesNotRead(persons: Person[]) {
  const target = await targetOf(persons, READERS, READER_PLAN);
  const readers = () => Promise.all(Array.from({ length: READERS }, (_, at) => pacedTurn(target, at)));
  const alone = told(await readers(), READER_PLAN.chunks);
  const before = await settledMegabytes();
  const socket = await unread(persons[0] as Person);
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, residentMegabytes(pid))), 200);
  const beside = told(await readers(), READER_PLAN.chunks);
  clearInterval(watch);
  socket.destroy();
  const answer = (UNREAD_PLAN.chunks * UNREAD_PLAN.bytes) / 1024 ** 2;
  return {
    readers: [
      { beside: 'nobody', ...alone },
      { beside: 'one who does not read', ...beside },
    ],
    unread_answer_megabytes: answer,
    megabytes_before: before,
    megabytes_during: most,
    megabytes_after: await settledMegabytes(),
  };
}

try {
  const persons = await people(server.url, USERS);
  const headOfLine = await besideOneWhoDoesNotRead(persons);
  const steps = [];
  for (const streams of STREAMS) steps.push(await atOnce(persons, streams));
  await saveResult(`sse-${store}`, 'sse', { steps, head_of_line: headOfLine });
} finally {
  await server.stop();
  provider.process.kill('SIGTERM');
}
