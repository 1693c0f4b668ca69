import { beforeEach, describe, expect, it } from 'vitest';
import { chat, user } from '../factories/conversation.js';
import { errno } from '../fakes/memobase-simulator.js';
import type { JsonSimulator, ServiceFault } from '../fakes/json-simulator.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { personalServices } from '../setup/personal-services.js';

const stage = personalServices({
  'engines.development.yaml': {
    memory: { timeout_ms: 1000 },
    profile: { timeout_ms: 1000 },
    knowledge: { timeout_ms: 1000 },
  },
});

type Kind = 'memory' | 'profile' | 'knowledge';
type Each<Value> = Record<Kind, Value>;
const KINDS: readonly Kind[] = ['memory', 'profile', 'knowledge'];
const PROVIDERS: Each<string> = { memory: 'mem0', profile: 'memobase', knowledge: 'cognee' };
const simulators = (): Each<JsonSimulator> => ({
  memory: stage.mem0,
  profile: stage.memobase,
  knowledge: stage.cognee,
});
const each = <Value>(value: Value): Each<Value> => ({ memory: value, profile: value, knowledge: value });

let account: Account;
let asked = 0;
beforeEach(async () => {
  account = await newAccount(stage.url);
});

/** Never the same question twice: the cache would answer it. */
const question = () => `What do you know of number ${(asked += 1)} in my list?`;
const ask = (text = question()) => chat(account, undefined, [user(text)], { model: 'cozy/curious' });

/** The value of each series, by its line without the value. */
async function metrics(): Promise<Map<string, number>> {
  const { body } = await call(stage.url, 'GET', '/metrics');
  const lines = (body as string).split('\n').filter((line) => line.startsWith('cozy_engine_'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}
const labels = (kind: Kind, more: string) => `{kind="${kind}",provider="${PROVIDERS[kind]}",${more}}`;
const degradations = (kind: Kind, reason: string) =>
  `cozy_engine_degradations_total${labels(kind, `reason="${reason}"`)}`;
const calls = (kind: Kind, outcome: string) => `cozy_engine_calls_total${labels(kind, `outcome="${outcome}"`)}`;
const breaker = (kind: Kind) => `cozy_engine_breaker_state${labels(kind, 'calls="read"')}`;

const logged = () =>
  stage.server.output
    .filter((line) => line.includes('"An engine did not answer"'))
    .map((line) => JSON.parse(line) as { kind: Kind; provider: string; reason: string })
    .map(({ kind, provider, reason }) => ({ kind, provider, reason }));

/** What one turn adds to the series that have grown. */
async function growth(turn: () => Promise<unknown>): Promise<Map<string, number>> {
  const before = await metrics();
  await turn();
  const after = await metrics();
  const grown = [...after].map(([series, value]) => [series, value - (before.get(series) ?? 0)] as const);
  return new Map(grown.filter(([, value]) => value !== 0));
}

const grownIn = (grown: Map<string, number>, name: string) =>
  Object.fromEntries([...grown].filter(([series]) => series.startsWith(name)));

/** All four places where a turn says why it went without an engine. */
async function expectReasons(reasons: Each<string>, outcomes: Each<string>, isLogged = true): Promise<void> {
  const linesBefore = logged().length;
  let answer: Awaited<ReturnType<typeof ask>> | undefined;
  const grown = await growth(async () => (answer = await ask()));
  const { status, body } = answer ?? {};
  expect([status, body.choices[0].message.content]).toEqual([200, 'Hello from the simulated provider.']);
  for (const kind of KINDS)
    expect(body.metadata.engines[kind]).toMatchObject({ status: 'degraded', reason: reasons[kind], cache_hit: false });
  expect(body.metadata.degraded).toBe(true);
  expect(body.metadata.degrade_reasons.toSorted()).toEqual(KINDS.map((kind) => `${kind}: ${reasons[kind]}`).toSorted());
  expect(grownIn(grown, 'cozy_engine_degradations_total')).toEqual(
    Object.fromEntries(KINDS.map((kind) => [degradations(kind, reasons[kind]), 1])),
  );
  for (const kind of KINDS) expect(grown.get(calls(kind, outcomes[kind]))).toBe(1);
  const expected = KINDS.map((kind) => ({ kind, provider: PROVIDERS[kind], reason: reasons[kind] }));
  const lines = () => logged().slice(linesBefore);
  await expect.poll(() => lines().length).toBe(isLogged ? 3 : 0);
  expect(expected).toEqual(expect.arrayContaining(lines()));
}

async function expectAllWell(): Promise<void> {
  const { body } = await ask();
  expect([body.metadata.degraded, body.metadata.degrade_reasons]).toEqual([false, []]);
  for (const kind of KINDS) expect(body.metadata.engines[kind]).toMatchObject({ status: 'ok', reason: null });
}

const status = (code: number): ServiceFault => ({ kind: 'status', status: code });

describe('a turn whose engines fail is answered, and says why in its metadata, the metrics and the log', () => {
  it.each<[string, ServiceFault, Each<string>, Each<string>]>([
    ['hang', { kind: 'hang-before-headers' }, each('timeout'), each('ENGINE_TIMEOUT')],
    ['begin to answer and hang', { kind: 'hang-after-headers' }, each('timeout'), each('ENGINE_TIMEOUT')],
    ['fail', status(500), each('unavailable'), each('ENGINE_UNAVAILABLE')],
    ['are overloaded', status(503), each('unavailable'), each('ENGINE_UNAVAILABLE')],
    ['break off', { kind: 'cut-mid-body' }, each('unavailable'), each('ENGINE_UNAVAILABLE')],
    ['answer garbage', { kind: 'garbage' }, each('bad_response'), each('ENGINE_BAD_RESPONSE')],
    ['answer a page', { kind: 'html' }, each('bad_response'), each('ENGINE_BAD_RESPONSE')],
    [
      'answer 200 with an error number',
      { kind: 'json', body: errno(500) },
      { ...each('bad_response'), profile: 'unavailable' },
      { ...each('ENGINE_BAD_RESPONSE'), profile: 'ENGINE_UNAVAILABLE' },
    ],
    ['refuse the key', status(401), each('auth'), each('ENGINE_AUTH_FAILED')],
    ['forbid it', status(403), each('auth'), each('ENGINE_AUTH_FAILED')],
    ['count our requests', status(429), each('rate_limit'), each('ENGINE_RATE_LIMITED')],
    ['do not understand', status(422), each('invalid_request'), each('ENGINE_REQUEST_REJECTED')],
  ])('when they %s', async (_what, fault, reasons, outcomes) => {
    for (const simulator of Object.values(simulators())) simulator.fail(fault);
    await expectReasons(reasons, outcomes);
    for (const simulator of Object.values(simulators())) simulator.fail();
    await expectAllWell();
  });

  it('when they answer too late: what comes then is in nobody’s way, and in no cache', async () => {
    const releases = Object.values(simulators()).map((simulator) => simulator.hold());
    const text = question();
    const late = await ask(text);
    expect(late.body.metadata.degrade_reasons.toSorted()).toEqual(KINDS.map((kind) => `${kind}: timeout`).toSorted());
    for (const release of releases) release();
    const { body } = await ask(text);
    for (const kind of KINDS)
      expect(body.metadata.engines[kind]).toMatchObject({ status: 'ok', reason: null, cache_hit: false });
  });

  it('when one fails, without the others noticing', async () => {
    stage.mem0.fail(status(500));
    const { body } = await ask();
    stage.mem0.fail();
    expect(body.metadata.degrade_reasons).toEqual(['memory: unavailable']);
    expect(body.metadata.engines).toMatchObject({ profile: { status: 'ok' }, knowledge: { status: 'ok' } });
  });
});

it('a caller who leaves while engines are silent is no degradation', async () => {
  for (const simulator of Object.values(simulators())) simulator.fail({ kind: 'hang-before-headers' });
  const linesBefore = logged().length;
  const grown = await growth(async () => {
    const arrived = stage.mem0.nextRequest();
    const body = { model: 'cozy/curious', messages: [user(question())] };
    const controller = new AbortController();
    const left = fetch(`${stage.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${account.token}` },
      body: JSON.stringify(body),
      signal: controller.signal,
    });
    await arrived;
    controller.abort();
    await expect(left).rejects.toThrow('aborted');
    await expect.poll(async () => (await metrics()).get(calls('memory', 'aborted'))).toBeGreaterThan(0);
  });
  for (const simulator of Object.values(simulators())) simulator.fail();
  expect(grownIn(grown, 'cozy_engine_degradations_total')).toEqual({});
  expect(logged().slice(linesBefore)).toEqual([]);
  await expectAllWell();
});

it('the wait for engines is measured, by kind', async () => {
  const grown = await growth(() => ask());
  for (const kind of KINDS) expect(grown.get(`cozy_engine_answer_seconds_count{kind="${kind}"}`)).toBe(1);
});

it('engines that are away five times in a row are left alone, and the turn says so', async () => {
  await Promise.all(Object.values(simulators()).map((simulator) => simulator.close()));
  for (let turn = 0; turn < 5; turn += 1) await expectReasons(each('unavailable'), each('ENGINE_UNAVAILABLE'));
  await expectReasons(each('breaker_open'), each('breaker_open'), false);
  const now = await metrics();
  for (const kind of KINDS) expect(now.get(breaker(kind))).toBe(2);
  expect(stage.server.output.filter((line) => line.includes('"A circuit breaker has changed"'))).toHaveLength(3);
});
