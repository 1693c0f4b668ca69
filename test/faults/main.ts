import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Crowd, type Refusal, type Tally } from './crowd.js';
import { type Fault, Lane, type LaneName } from './lane.js';

// `npm run test:faults`: many people talk over HTTP while processes are killed, Redis is killed and comes back empty, and
// Postgres is restarted; then every turn that was answered must be remembered exactly once, and in order. Wants the
// programs of PostgreSQL (initdb, pg_ctl; PG_BIN says where) and redis-server; it starts its own, on free ports.
// FAULTS_LANES: redis (queue on Redis), postgres (queue on Postgres), embedded. FAULTS_TURNS: at least so many of each.

const LANES = (process.env['FAULTS_LANES'] ?? 'redis,postgres,embedded').split(',') as LaneName[];
const TURNS = Number(process.env['FAULTS_TURNS'] ?? 10_000);
/** The embedded database does one statement at a time. */
const EMBEDDED_TURNS = Number(process.env['FAULTS_EMBEDDED_TURNS'] ?? TURNS / 5);
const USERS = Number(process.env['FAULTS_USERS'] ?? 60);
const AT_ONCE = Number(process.env['FAULTS_AT_ONCE'] ?? 30);
const OUTAGE_MS = 1000 * Number(process.env['FAULTS_OUTAGE_SECONDS'] ?? 60);
const SETTLING_MS = 300_000;
/** A turn that cannot be answered must say so sooner. */
const MOST_REFUSAL_MS = 10_000;
/** After a fault is mended, the next answer must come sooner. */
const MOST_RECOVERY_MS = 20_000;

interface FaultReport {
  fault: string;
  seconds: number;
  answeredMeanwhile: number;
  refused: Record<string, number>;
  slowestRefusalMs: number;
  answeredAgainAfterMs: number;
}

const say = (text: string) => process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

async function until(holds: () => boolean | Promise<boolean>, deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > end) return false;
    await delay(50);
  }
  return true;
}

function counted(refusals: readonly Refusal[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, code } of refusals) {
    const name = `${status} ${code}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const slowest = (refusals: readonly Refusal[]) => Math.round(Math.max(0, ...refusals.map(({ ms }) => ms)));

/** While everybody talks; `wrong` is told what must not be. */
async function letHappen(fault: Fault, crowd: Crowd, wrong: string[]): Promise<FaultReport> {
  const before = { answered: crowd.answered, refusals: crowd.refusals.length, at: performance.now() };
  await fault.happen();
  const mendedAt = performance.now();
  const answeredMeanwhile = crowd.answered - before.answered;
  await until(() => crowd.latestAnswerAt > mendedAt, 60_000);
  const answeredAgainAfterMs = Math.round(crowd.latestAnswerAt - mendedAt);
  // Answers that were under way when it was mended may still be refused.
  await delay(MOST_REFUSAL_MS / 2);
  const refusals = crowd.refusals.slice(before.refusals);
  const bad = refusals.filter(
    ({ status, code }) =>
      !(status === 503 || code === 'STORAGE_UNAVAILABLE' || (code === 'broken' && fault.breaksConnections)),
  );
  if (bad.length > 0) wrong.push(`${fault.name}: refused with ${JSON.stringify(counted(bad))}`);
  if (slowest(refusals) > MOST_REFUSAL_MS) wrong.push(`${fault.name}: a refusal took ${slowest(refusals)} ms`);
  if (!(answeredAgainAfterMs >= 0 && answeredAgainAfterMs < MOST_RECOVERY_MS)) {
    wrong.push(`${fault.name}: no answer within ${MOST_RECOVERY_MS} ms after it was mended`);
  }
  return {
    fault: fault.name,
    seconds: Math.round((mendedAt - before.at) / 100) / 10,
    answeredMeanwhile,
    refused: counted(refusals),
    slowestRefusalMs: slowest(refusals),
    answeredAgainAfterMs,
  };
}

async function settled(crowd: Crowd, lane: Lane): Promise<{ tally: Tally; outbox: { open: number; dead: number } }> {
  const end = performance.now() + SETTLING_MS;
  for (;;) {
    const outbox = await lane.outbox();
    const tally = await crowd.tally();
    if ((tally.missing === 0 && outbox.open === 0) || performance.now() > end) return { tally, outbox };
    await delay(1000);
  }
}

function complaints({ tally, outbox }: Awaited<ReturnType<typeof settled>>, lane: Lane): string[] {
  const wrong = (['missing', 'doubled', 'outOfOrder'] as const).filter((name) => tally[name] > 0);
  return [
    ...wrong.map((name) => `${tally[name]} ${name}`),
    ...(outbox.open > 0 ? [`${outbox.open} pieces of work are open still`] : []),
    ...(outbox.dead > 0 ? [`${outbox.dead} pieces of work were given up`] : []),
    ...lane.died().map((role) => `the process of ${role} ended by itself`),
  ];
}

async function runLane(name: LaneName) {
  const lane = new Lane(name, OUTAGE_MS);
  const wrong: string[] = [];
  try {
    await lane.start();
    const crowd = await Crowd.gather(USERS, lane.url);
    say(`${name}: ${USERS} people begin to talk, ${AT_ONCE} at a time`);
    const startedAt = performance.now();
    const talking = crowd.talk(AT_ONCE);
    const faults = lane.faults();
    const share = (name === 'embedded' ? EMBEDDED_TURNS : TURNS) / (faults.length + 1);
    const reports: FaultReport[] = [];
    for (const fault of faults) {
      const from = crowd.answered;
      await until(() => crowd.answered >= from + share, SETTLING_MS);
      say(`${name}: after ${crowd.answered} turns: ${fault.name}`);
      reports.push(await letHappen(fault, crowd, wrong));
      say(JSON.stringify(reports.at(-1)));
    }
    const from = crowd.answered;
    await until(() => crowd.answered >= from + share, SETTLING_MS);
    crowd.stop();
    await talking;
    const talkedMs = performance.now() - startedAt;
    const end = await settled(crowd, lane);
    const settlingSeconds = Math.round((performance.now() - startedAt - talkedMs) / 1000);
    wrong.push(...complaints(end, lane));
    return {
      lane: name,
      ...end.tally,
      outbox: end.outbox,
      refused: counted(crowd.refusals),
      seconds: Math.round(talkedMs / 1000),
      settlingSeconds,
      faults: reports,
      wrong,
    };
  } finally {
    const codes = await lane.stop();
    say(`${name}: the servers ended with ${JSON.stringify(codes)}`);
  }
}

const lanes = [];
for (const name of LANES) lanes.push(await runLane(name));
const machine = { cpus: os.cpus().length, node: process.version };
process.stdout.write(
  `${JSON.stringify({ test: 'faults', measured_at: new Date().toISOString(), machine, users: USERS, at_once: AT_ONCE, lanes }, null, 2)}\n`,
);
const wrong = lanes.flatMap((lane) => lane.wrong.map((what) => `${lane.lane}: ${what}`));
process.stdout.write(wrong.length === 0 ? 'Nothing was lost.\n' : `WRONG:\n${wrong.join('\n')}\n`);
process.exit(wrong.length === 0 ? 0 : 1);
