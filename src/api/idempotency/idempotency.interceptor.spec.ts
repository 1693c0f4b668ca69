import { EventEmitter, once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from '@nestjs/common';
import { from, lastValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Answer, IdempotencyService } from '../../orchestration/idempotency/idempotency.service.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

let server: Server | undefined;
afterEach(() => server?.close());

/** Answers one request of a caller who leaves while `handle` runs, as Nest does; resolves with what was kept. */
async function keptOf(handle: (response: ServerResponse) => Promise<unknown>): Promise<Answer | undefined> {
  const kept = new EventEmitter<{ kept: [Answer | undefined] }>();
  const told = once(kept, 'kept');
  const service = {
    begin: () => Promise.resolve(undefined),
    end: (_user: string, _key: string, _request: unknown, answer: Answer | undefined) => {
      kept.emit('kept', answer);
      return Promise.resolve();
    },
  } as unknown as IdempotencyService;
  const interceptor = new IdempotencyInterceptor(service);
  server = createServer((incoming, response) => {
    const http = {
      getRequest: () => Object.assign(incoming, { principal: { userId: 'u' }, path: '/', body: {} }),
      getResponse: () => Object.assign(response, { locals: {} }),
    };
    const context = { switchToHttp: () => http } as unknown as ExecutionContext;
    const run = async () => {
      const answer = await lastValueFrom(
        await interceptor.intercept(context, { handle: () => from(handle(response)) }),
      );
      if (answer !== undefined) response.end(JSON.stringify(answer));
    };
    run().catch((error: unknown) => server?.emit('error', error));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = request({ port, host: '127.0.0.1', method: 'POST', headers: { 'Idempotency-Key': 'k' } });
  asked.on('error', () => undefined);
  asked.end();
  await once(server, 'request');
  asked.destroy();
  const [answer] = (await told) as [Answer | undefined];
  return answer;
}

describe('the answer to a caller who has left', () => {
  it('is kept, so that the same request is not done twice', async () => {
    const kept = await keptOf(async (response) => {
      await once(response, 'close');
      return { id: 1 };
    });
    expect(kept).toMatchObject({ status: 200, body: Buffer.from('{"id":1}') });
  });

  it('is none where the handler gives up, and the key is not free before that', async () => {
    const done: string[] = [];
    const kept = await keptOf(async (response) => {
      await once(response, 'close');
      await new Promise((resolve) => setImmediate(resolve));
      done.push('handler');
    });
    expect([kept, done]).toEqual([undefined, ['handler']]);
  });
});
