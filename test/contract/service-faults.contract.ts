import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CozyError } from '../../src/core/errors/cozy.error.js';
import { describeError } from '../../src/core/logging/redact.js';
import type { EngineHealth } from '../../src/engines/engine-health.js';
import { type JsonSimulator, type ServiceFault, SERVICE_SECRET } from '../fakes/json-simulator.js';

/** What a suite run needs of one remote engine. */
export interface FaultySubject {
  simulator: JsonSimulator;
  /** A read that succeeds when nothing is wrong; by an engine with this deadline. */
  read(timeoutMs: number, signal: AbortSignal): Promise<unknown>;
  health(signal: AbortSignal): Promise<EngineHealth>;
  dispose(): Promise<void>;
}

export const newSignal = (): AbortSignal => new AbortController().signal;

/** The error that a promise is rejected with. */
export const errorOf = (call: Promise<unknown>): Promise<CozyError> =>
  call.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: CozyError) => error,
  );

const NO_HARM = ['ENGINE_BAD_RESPONSE', 'none', 'little'];

/** How much a read found, never more than was asked for; or the code of the error that it ended with. */
async function sizeOf(read: Promise<unknown>): Promise<string> {
  const found = await read.catch((error: CozyError) => error);
  if (found instanceof Error) return (found as CozyError).code;
  const size = Array.isArray(found) || typeof found === 'string' ? found.length : Number.NaN;
  if (size === 0) return 'none';
  return size <= (Array.isArray(found) ? 3 : 2000) ? 'little' : `too much: ${size}`;
}

/** Long where nothing is waited for: a slow machine must not decide. */
const PATIENT_MS = 20_000;

const status = (code: number, headers: Record<string, string> = {}): ServiceFault => ({
  kind: 'status',
  status: code,
  headers,
});

const FAULTS: [string, ServiceFault, string][] = [
  ['a refused key', status(401), 'ENGINE_AUTH_FAILED'],
  ['a forbidden project', status(403), 'ENGINE_AUTH_FAILED'],
  ['a bad request', status(400), 'ENGINE_REQUEST_REJECTED'],
  ['a bad field', status(422), 'ENGINE_REQUEST_REJECTED'],
  ['a rate limit', status(429, { 'retry-after': '7' }), 'ENGINE_RATE_LIMITED'],
  ['a crash', status(500), 'ENGINE_UNAVAILABLE'],
  ['an overload', status(503), 'ENGINE_UNAVAILABLE'],
  ['a redirect to another host', status(302, { location: 'https://example.com/' }), 'ENGINE_BAD_RESPONSE'],
  ['a lost connection', { kind: 'cut-before-headers' }, 'ENGINE_UNAVAILABLE'],
  ['a cut answer', { kind: 'cut-mid-body' }, 'ENGINE_UNAVAILABLE'],
  ['garbage', { kind: 'garbage' }, 'ENGINE_BAD_RESPONSE'],
  ['a web page', { kind: 'html' }, 'ENGINE_BAD_RESPONSE'],
  ['JSON of something else', { kind: 'json', body: 'hello' }, 'ENGINE_BAD_RESPONSE'],
  ['an answer without an end', { kind: 'endless' }, 'ENGINE_BAD_RESPONSE'],
  ['an answer of 50 MB', { kind: 'huge', bytes: 50_000_000 }, 'ENGINE_BAD_RESPONSE'],
  ['a redirect in a circle', status(307, { location: '/' }), 'ENGINE_BAD_RESPONSE'],
];

const MANY = 200_000;
const list = (item: unknown) => Array.from({ length: MANY }, () => item);
/** As text: it is deeper than can be made of it again. */
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const LONG = 'word '.repeat(600_000);

/** What is JSON and of no use, in the places where the services put what they found. */
const GARBAGE: [string, unknown[]][] = [
  ['wrong types', [7, true, null, {}, [], { results: 7 }, { data: 'x', errno: 'y' }, { results: { id: 1 } }]],
  [
    'items of wrong types',
    [{ results: [7, [], { id: {}, memory: [] }] }, [7, { text: {} }], { data: { context: [] } }],
  ],
  ['huge lists', [list(null), { results: list(null) }, { results: list({ id: 1 }) }, { data: list(0) }]],
  [
    'long texts',
    [
      { results: [{ id: 'a', memory: LONG }] },
      [{ text: LONG }],
      { errno: 0, data: { context: LONG } },
      { detail: LONG },
    ],
  ],
];

/** What every engine behind a JSON service makes of its failures. */
export function describeServiceFaults(name: string, factory: () => Promise<FaultySubject>): void {
  describe(`what a failing service becomes: ${name}`, () => {
    let subject: FaultySubject;
    beforeAll(async () => {
      subject = await factory();
    });
    afterEach(() => subject.simulator.reset());
    afterAll(() => subject.dispose());

    it.each(FAULTS)('%s', async (_name, fault, code) => {
      subject.simulator.fail(fault);
      const error = await errorOf(subject.read(PATIENT_MS, newSignal()));
      expect(error.code).toBe(code);
      expect(JSON.stringify([error.message, error.details, describeError(error)])).not.toContain(SERVICE_SECRET);
      expect(error.retryAfterSeconds).toBe(code === 'ENGINE_RATE_LIMITED' ? 7 : undefined);
    });

    it.each<ServiceFault>([{ kind: 'hang-before-headers' }, { kind: 'hang-after-headers' }])(
      'silence ($kind) is a timeout, and the request is cancelled',
      async (fault) => {
        subject.simulator.fail(fault);
        const request = subject.simulator.nextRequest();
        expect((await errorOf(subject.read(200, newSignal()))).code).toBe('ENGINE_TIMEOUT');
        expect(await (await request).outcome).toBe('aborted');
      },
    );

    it('an answer that comes byte by byte is a timeout, and the request is cancelled', async () => {
      subject.simulator.fail({ kind: 'drip' });
      const request = subject.simulator.nextRequest();
      expect((await errorOf(subject.read(300, newSignal()))).code).toBe('ENGINE_TIMEOUT');
      expect(await (await request).outcome).toBe('aborted');
    });

    it('an answer that is too large is not read to its end', async () => {
      subject.simulator.fail({ kind: 'endless' });
      const request = subject.simulator.nextRequest();
      await errorOf(subject.read(PATIENT_MS, newSignal()));
      expect(await (await request).outcome).toBe('aborted');
    });

    it.each(GARBAGE)('JSON of no use (%s) is nothing found, or not understood', async (_name, bodies) => {
      for (const body of bodies) {
        subject.simulator.fail({ kind: 'json', body });
        expect(NO_HARM).toContain(await sizeOf(subject.read(PATIENT_MS, newSignal())));
      }
    });

    it.each(['$', '{"results": $}', '{"errno": 0, "data": {"context": $}}'])(
      'lists in lists (%s) are nothing found, or not understood',
      async (place) => {
        subject.simulator.fail({ kind: 'json-text', text: place.replace('$', nested(500_000)) });
        expect(NO_HARM).toContain(await sizeOf(subject.read(PATIENT_MS, newSignal())));
      },
    );

    it('a caller who leaves cancels the request, and gets the own reason', async () => {
      subject.simulator.fail({ kind: 'hang-before-headers' });
      const caller = new AbortController();
      const request = subject.simulator.nextRequest();
      const failing = errorOf(subject.read(PATIENT_MS, caller.signal));
      const { outcome } = await request;
      caller.abort(new Error('left'));
      expect((await failing).message).toBe('left');
      expect(await outcome).toBe('aborted');
    });

    it('works again once the service does', async () => {
      subject.simulator.fail(status(500));
      await errorOf(subject.read(PATIENT_MS, newSignal()));
      subject.simulator.reset();
      await expect(subject.read(PATIENT_MS, newSignal())).resolves.toBeDefined();
    });

    it('its health says so', async () => {
      expect(await subject.health(newSignal())).toEqual({ status: 'up' });
      subject.simulator.fail(status(500));
      expect(await subject.health(newSignal())).toMatchObject({ status: 'down', reason: expect.any(String) });
    });
  });
}
