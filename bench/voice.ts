import path from 'node:path';
import { parseArgs } from 'node:util';
import { isFull, saveResult } from './result.js';
import { startTestServer } from '../test/setup/test-server.js';
import { startSimulator } from './processes.js';
import { bargeIns, conversations } from './voice-callers.js';
import { callsInSequence } from './voice-sequence.js';

// What a call costs over the socket transport, callers and server on one machine: from the transcript to the first sound
// (our own part and two calls of a simulated provider that answers at once), from detected speech to the last frame of an
// answer that is interrupted, the server's CPU, and frames that came late. With `--callers 100,200` so many at a time;
// with `--calls 2000` instead so many short calls one after the other, and what the server holds after them.

const BARGE_INS = 10;
const ROOT = path.resolve(import.meta.dirname, '..');

const { values } = parseArgs({
  options: { callers: { type: 'string', default: isFull ? '1,50,100,200' : '1,50,100' }, calls: { type: 'string' } },
});

async function measured(url: string, pid: number): Promise<Record<string, unknown>> {
  if (values.calls) return { calls: await callsInSequence(url, pid, Number(values.calls)) };
  const calls = [];
  for (const count of values.callers.split(',')) calls.push(await conversations(url, pid, Number(count)));
  return { transport: 'socket', barge_in: await bargeIns(url, BARGE_INS), calls };
}

const COLLECTOR = path.join(ROOT, 'bench/collect-on-signal.mjs');
const simulator = await startSimulator();
const server = await startTestServer({
  env: {
    OPENAI_BASE_URL: simulator.url,
    OPENAI_API_KEY: 'any',
    WS_CONNECTS_PER_MINUTE: '100000',
    ...(values.calls && { NODE_OPTIONS: `--expose-gc --import ${COLLECTOR}` }),
  },
});
try {
  const findings = await measured(server.url, server.process.pid ?? 0);
  if (values.calls) await saveResult('voice-sequence', 'voice-sequence', findings);
  else await saveResult('voice-socket', 'voice', findings);
} finally {
  await server.stop();
  simulator.process.kill('SIGTERM');
}
