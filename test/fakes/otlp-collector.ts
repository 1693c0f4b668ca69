import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Value {
  stringValue?: string;
  intValue?: number | string;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: Value[] };
}

interface Pair {
  key: string;
  value: Value;
}

interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: Pair[];
  links: { traceId: string; spanId: string }[];
  status: { code: number };
  startTimeUnixNano: string;
  endTimeUnixNano: string;
}

interface Export {
  resourceSpans: { resource: { attributes: Pair[] }; scopeSpans: { spans: WireSpan[] }[] }[];
}

/** A span as it was exported. */
export interface CollectedSpan extends Omit<WireSpan, 'attributes'> {
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}

/** OTLP's numbers of what is failed, and of kinds. */
export const FAILED = 2;
export const KIND = { internal: 1, server: 2, client: 3, consumer: 5 } as const;

export interface OtlpCollector {
  url: string;
  spans: CollectedSpan[];
  /** Headers of every export. */
  headers: Record<string, unknown>[];
  /** All bytes that came, as text. */
  text(): string;
  /** Resolves with the first span that fits, now or when it comes. */
  span(fits: (span: CollectedSpan) => boolean): Promise<CollectedSpan>;
  /** All of a trace so far. */
  trace(traceId: string): CollectedSpan[];
  close(): Promise<void>;
}

const valueOf = ({ arrayValue, ...value }: Value): unknown =>
  arrayValue ? arrayValue.values.map(valueOf) : Object.values(value)[0];

const recordOf = (pairs: Pair[]) => Object.fromEntries(pairs.map(({ key, value }) => [key, valueOf(value)]));

/** A collector that takes traces as OTLP's JSON over HTTP, and answers with `answer`. */
export async function startOtlpCollector(answer: number | 'never' = 200): Promise<OtlpCollector> {
  const came = new EventEmitter();
  const spans: CollectedSpan[] = [];
  const bodies: string[] = [];
  const headers: Record<string, unknown>[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await request.toArray()).toString();
    bodies.push(body);
    headers.push(request.headers);
    if (request.url !== '/v1/traces' || request.method !== 'POST') throw new Error(`not for traces: ${request.url}`);
    for (const { resource, scopeSpans } of (JSON.parse(body) as Export).resourceSpans) {
      const said = recordOf(resource.attributes);
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
        spans.push({ ...span, attributes: recordOf(span.attributes), resource: said });
      }
    }
    if (answer !== 'never') response.writeHead(answer, { 'Content-Type': 'application/json' }).end('{}');
    came.emit('spans');
  };
  const server = createServer((request, response) => void take(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    text: () => bodies.join('\n'),
    span: async (fits) => {
      for (;;) {
        const found = spans.find(fits);
        if (found) return found;
        await once(came, 'spans');
      }
    },
    trace: (traceId) => spans.filter((span) => span.traceId === traceId),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
