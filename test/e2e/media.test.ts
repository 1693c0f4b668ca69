import { describe, expect, it } from 'vitest';
import { newAccount } from '../setup/account.js';
import { workerBinary } from '../setup/media-stage.js';
import { ownServer, testServer } from '../setup/test-server.js';

describe('a server without a media worker', () => {
  const server = ownServer(() => ({ env: { MEDIASOUP_WORKER_BIN: '/no/worker' } }));

  it('runs, says once that calls go over sockets, and is well', async () => {
    const { url, output } = await server();
    const account = await newAccount(url);
    expect((await account.call('GET', '/health')).body).toMatchObject({
      status: 'ok',
      parts: { media: 'unavailable' },
    });
    expect(output.filter((line) => line.includes('no media worker')).length).toBe(1);
  });
});

describe.skipIf(!workerBinary)('a server with a media worker', () => {
  it('says so', async () => {
    const { url } = await testServer();
    const account = await newAccount(url);
    const { body } = await account.call('GET', '/health');
    expect(body).toMatchObject({ parts: { media: 'mediasoup' } });
    expect(body.engines).toContainEqual({ kind: 'media', provider: 'mediasoup', status: 'up' });
  });
});
