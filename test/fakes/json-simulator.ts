import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Stands in every failure's body: finding it in an error of ours proves that a service's words were forwarded. */
export const SERVICE_SECRET = 'sim-secret-91b2 service internals';

/** What goes wrong with a request. */
export type ServiceFault =
  | { kind: 'status'; status: number; headers?: Record<string, string> }
  /** The request is read and never answered. */
  | { kind: 'hang-before-headers' }
  | { kind: 'hang-after-headers' }
  /** The socket is destroyed before, or in the middle of, the answer. */
  | { kind: 'cut-before-headers' }
  | { kind: 'cut-mid-body' }
  /** HTTP 200 and something that is no JSON. */
  | { kind: 'garbage' }
  | { kind: 'html' }
  /** HTTP 200 and JSON that nobody asked for. */
  | { kind: 'json'; body: unknown }
  | { kind: 'json-text'; text: string }
  /** HTTP 200 and a list without an end. */
  | { kind: 'endless' }
  /** HTTP 200 and so many bytes of JSON that is right. */
  | { kind: 'huge'; bytes: number }
  /** HTTP 200 and now and then a byte: the connection is never silent, and the answer never whole. */
  | { kind: 'drip' };

export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed JSON body; `{}` where there is none. */
  readonly body: Record<string, unknown>;
  /** Resolves when the exchange is over: `aborted` when the client closed the connection first. */
  readonly outcome: Promise<'answered' | 'aborted'>;
}

export interface ServiceAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A service that speaks JSON over real HTTP, keeps what it is given, and fails as it is told. */
export abstract class JsonSimulator {
  url = '';
  readonly requests: ServiceRequest[] = [];
  /** How long good answers take; for benches. */
  answerMs = 0;
  private once: ServiceFault[] = [];
  private always: ServiceFault | undefined;
  private held: Promise<void> | undefined;
  private waiting: ((request: ServiceRequest) => void)[] = [];
  private readonly server = createServer((request, response) => {
    this.handle(request, response).catch(() => response.destroy());
  });

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** The next requests fail, one a fault. */
  failOnce(...faults: ServiceFault[]): void {
    this.once.push(...faults);
  }

  /** All requests fail, until called without a fault. */
  fail(fault?: ServiceFault): void {
    this.always = fault;
  }

  /** Good answers wait until the function that this returns is called: they then come late. */
  hold(): () => void {
    let release = () => {};
    this.held = new Promise((resolve) => (release = resolve));
    return () => {
      this.held = undefined;
      release();
    };
  }

  /** Resolves with the next request that arrives. */
  nextRequest(): Promise<ServiceRequest> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Forgets requests and faults; what was stored stays. */
  reset(): void {
    this.requests.length = 0;
    this.once = [];
    this.always = undefined;
  }

  protected abstract answer(request: ServiceRequest): ServiceAnswer | Promise<ServiceAnswer>;

  private async handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await read(message, response);
    this.requests.push(request);
    for (const resolve of this.waiting.splice(0)) resolve(request);
    const fault = this.once.shift() ?? this.always;
    if (fault !== undefined) return failWith(fault, response);
    await this.held;
    if (this.answerMs > 0) await delay(this.answerMs);
    const { status = 200, headers = {}, body } = await this.answer(request);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }
}

async function read(message: IncomingMessage, response: ServerResponse): Promise<ServiceRequest> {
  const text = Buffer.concat(await message.toArray()).toString('utf8');
  const url = new URL(message.url ?? '/', 'http://localhost');
  const isJson = (message.headers['content-type'] ?? '').includes('json') && text !== '';
  return {
    method: message.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: message.headers,
    text,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    outcome: new Promise((resolve) => {
      response.once('close', () => resolve(response.writableFinished ? 'answered' : 'aborted'));
    }),
  };
}

function failWith(fault: ServiceFault, response: ServerResponse): void {
  const json = (status: number, headers: Record<string, string> = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
  if (isRaw(fault)) return sendRaw(fault, response);
  switch (fault.kind) {
    case 'status':
      json(fault.status, fault.headers).end(JSON.stringify({ detail: SERVICE_SECRET, error: SERVICE_SECRET }));
      return;
    case 'hang-before-headers':
      return;
    case 'hang-after-headers':
      json(200).flushHeaders();
      return;
    case 'cut-before-headers':
      response.destroy();
      return;
    case 'cut-mid-body':
      json(200, { 'content-length': '1000' }).write(`{"results": ["${SERVICE_SECRET}`, () => response.destroy());
      return;
    case 'garbage':
      json(200).end(`{"results": [${SERVICE_SECRET}`);
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<html>${SERVICE_SECRET}</html>`);
      return;
    case 'json':
      json(200).end(JSON.stringify(fault.body));
      return;
  }
}

type RawFault = Extract<ServiceFault, { kind: 'json-text' | 'endless' | 'huge' | 'drip' }>;

const isRaw = (fault: ServiceFault): fault is RawFault => ['json-text', 'endless', 'huge', 'drip'].includes(fault.kind);

/** Bodies that nobody would make by serialising something. */
function sendRaw(fault: RawFault, response: ServerResponse): void {
  const length = fault.kind === 'huge' ? { 'content-length': String(fault.bytes) } : {};
  response.writeHead(200, { 'content-type': 'application/json', ...length });
  if (fault.kind === 'json-text') response.end(fault.text);
  if (fault.kind === 'endless') pour(response);
  if (fault.kind === 'huge') response.end(`{"results": []}${' '.repeat(fault.bytes - 15)}`);
  if (fault.kind === 'drip') drip(response);
}

function drip(response: ServerResponse): void {
  if (response.destroyed) return;
  response.write(' ');
  setTimeout(() => drip(response), 20);
}

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write(' '.repeat(65_536)));
  if (!response.destroyed) response.once('drain', () => pour(response));
}

/** How many words of a query a text holds: enough of a search for a simulator. */
export function likeness(query: string, text: string): number {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const said = text.toLowerCase();
  return words.filter((word) => said.includes(word)).length / Math.max(words.length, 1);
}
