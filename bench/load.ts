import { Agent, type IncomingMessage, request } from 'node:http';
import { newAccount } from '../test/setup/account.js';

/** Chat completions by the plainest client there is: the load must not be the bottleneck. */
export interface Target {
  url: string;
  headers: (turn: number) => Record<string, string>;
  body: (turn: number) => string;
}

export interface Timing {
  /** Milliseconds to the first byte of the answer and to its end. */
  firstByte: number;
  total: number;
}

const shared = new Agent({ keepAlive: true, maxSockets: Infinity });

export interface Asking {
  /** Each piece of the body as it comes. */
  onBytes?: (bytes: Buffer) => void;
  agent?: Agent;
  signal?: AbortSignal;
}

/** Posts JSON; resolves with the answer once its headers are there. */
export function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  { agent = shared, signal }: Asking = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      agent,
      ...(signal && { signal }),
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    });
    call.once('response', resolve).once('error', reject);
    call.end(body);
  });
}

/** One turn, read to its end; anything but 200 is an error. */
export async function turn(target: Target, number: number, asking: Asking = {}): Promise<Timing> {
  const startedAt = performance.now();
  const response = await post(target.url, target.headers(number), target.body(number), asking);
  let firstByte = 0;
  let refusal = '';
  await new Promise<void>((resolve, reject) => {
    response.on('data', (bytes: Buffer) => {
      firstByte ||= performance.now() - startedAt;
      if (response.statusCode === 200) asking.onBytes?.(bytes);
      else refusal += bytes.toString();
    });
    response.once('end', resolve).once('error', reject);
  });
  if (response.statusCode === 200) return { firstByte, total: performance.now() - startedAt };
  throw new Error(`${target.url} answered ${response.statusCode}: ${refusal.slice(0, 500)}`);
}

export interface Load {
  perSecond: number;
  timings: Timing[];
  /** Turns that were refused or broke off: told, and not timed. */
  failed: number;
}

/**
 * Turns with `concurrency` of them at a time, for as long as `more` says. Lane `n` takes the numbers `n`, `n + concurrency`,
 * …: where the sessions are a multiple of the lanes, no two turns of a session run at once.
 */
export async function load(
  target: Target,
  concurrency: number,
  more: (turns: number, ms: number) => boolean,
): Promise<Load> {
  const timings: Timing[] = [];
  const failures: unknown[] = [];
  let begun = 0;
  const startedAt = performance.now();
  const lane = async (first: number) => {
    for (let number = first; more(begun, performance.now() - startedAt); number += concurrency) {
      begun += 1;
      await turn(target, number).then(
        (timing) => timings.push(timing),
        (error: unknown) => failures.push(error),
      );
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, at) => lane(at)));
  if (timings.length === 0) throw failures[0];
  return {
    perSecond: (timings.length / (performance.now() - startedAt)) * 1000,
    timings,
    failed: failures.length,
  };
}

export const loadOf = (target: Target, count: number, concurrency: number): Promise<Load> =>
  load(target, concurrency, (turns) => turns < count);

export const loadFor = (target: Target, ms: number, concurrency: number): Promise<Load> =>
  load(target, concurrency, (_turns, passed) => passed < ms);

export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** `ms_p50`, `ms_p95` and `ms_p99`, with a name before them. */
export const spread = (name: string, values: number[]): Record<string, number> =>
  Object.fromEntries([50, 95, 99].map((share) => [`${name}_ms_p${share}`, percentile(values, share / 100)]));

/** Somebody with sessions of their own. */
export interface Person {
  token: string;
  sessions: string[];
}

const AT_ONCE = 8;

/** Does the work for 0 … `count` - 1, some at a time; the results in order. */
export async function some<Result>(count: number, work: (at: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const at = next++;
      results[at] = await work(at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
  return results;
}

export async function people(url: string, count: number): Promise<Person[]> {
  return some(count, async () => ({ token: (await newAccount(url)).token, sessions: [] }));
}

export async function newSession(url: string, { token }: Person): Promise<string> {
  const response = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{}',
  });
  if (!response.ok) throw new Error(`a new session was answered with ${response.status}`);
  return ((await response.json()) as { session_id: string }).session_id;
}
