import { setTimeout as wait } from 'node:timers/promises';
import { isFull } from './result.js';
import { type Places, targetsOf } from './chat-targets.js';
import { type Person, spread, type Target } from './load.js';
import { Metrics } from './metrics.js';
import { type PacedTurn, pacedTurn } from './paced-turn.js';
import { question } from './plan.js';
import { cpuEach, processorTimes } from './processes.js';

/** First piece after 300 ms, then 20 over 700 ms. */
const PLAN = { chunks: 21, firstMs: 300, gapMs: 35, bytes: 12 };
const TURN_MS = PLAN.firstMs + (PLAN.chunks - 1) * PLAN.gapMs;
const TURNS = isFull ? 60 : 20;
const PLAIN_TURNS = isFull ? 20 : 5;
const WARM_UP_TURNS = 3;

/** Everybody says something, waits for the answer and says the next; they begin spread over the time of a turn. */
async function conversations(target: Target, people: number, each: number, from: number): Promise<PacedTurn[]> {
  const all = await Promise.all(
    Array.from({ length: people }, async (_, person) => {
      await wait((TURN_MS * person) / people);
      const turns: PacedTurn[] = [];
      for (let at = 0; at < each; at += 1) turns.push(await pacedTurn(target, (from + at) * people + person));
      return turns;
    }),
  );
  return all.flat();
}

function told(turns: PacedTurn[]): Record<string, number> {
  return {
    turns: turns.length,
    ...spread(
      'added',
      turns.map(({ addedMs }) => addedMs),
    ),
    ...spread(
      'added_first_token',
      turns.map(({ addedFirstMs }) => addedFirstMs),
    ),
    broken_pieces: turns.reduce((sum, { check }) => sum + check.broken + (PLAN.chunks - check.arrived.length), 0),
  };
}

/** What is added to turns of a provider that takes a second, with everybody talking at the same time. */
export async function paced(
  places: Places,
  persons: Person[],
  { serverPid, simulatorPid }: { serverPid: number; simulatorPid: number },
) {
  const { direct, proxy, stored } = await targetsOf(places, persons, (turn) => question(PLAN, turn));
  await conversations(stored, persons.length, WARM_UP_TURNS, 0);
  const plain = await conversations(direct, persons.length, PLAIN_TURNS, 0);
  const passed = await conversations(proxy, persons.length, PLAIN_TURNS, 0);
  const collectedBefore = (await Metrics.read(places.server)).collectorSeconds;
  const before = processorTimes(serverPid, simulatorPid);
  const ours = await conversations(stored, persons.length, TURNS, WARM_UP_TURNS);
  const cpu = cpuEach(before, processorTimes(serverPid, simulatorPid), ours.length);
  const collected = (await Metrics.read(places.server)).collectorSeconds - collectedBefore;
  return {
    conversations: persons.length,
    provider_first_token_ms: PLAN.firstMs,
    provider_ms: TURN_MS,
    to: [
      { to: 'the provider', ...told(plain) },
      { to: 'a bare proxy', ...told(passed) },
      { to: 'the server', ...told(ours) },
    ],
    ...Object.fromEntries(Object.entries(cpu).map(([who, ms]) => [`${who}_cpu_ms`, ms])),
    server_collector_ms: (collected * 1000) / ours.length,
  };
}
