import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { newAccount } from '../setup/account.js';
import { RealtimeClient } from '../setup/realtime-client.js';
import { startSimulatedServer } from '../setup/simulated-server.js';
import type { TestServer } from '../setup/test-server.js';

let provider: ProviderSimulator;
let server: TestServer;

beforeAll(async () => {
  provider = await startProviderSimulator();
  server = await startSimulatedServer(provider, { env: { SHUTDOWN_GRACE_MS: '20000' } });
});
afterAll(async () => {
  await server?.stop();
  await provider?.close();
});

describe('a server that shuts down', () => {
  it('lets the answer of a Realtime call end, and ends at once a call in which nobody speaks', async () => {
    const { token } = await newAccount(server.url);
    const talking = await RealtimeClient.open(server.url, token);
    const quiet = await RealtimeClient.open(server.url, token);
    provider.script({ text: 'This takes a while to say, as it is a long sentence.' });
    talking.type('Hello.');
    talking.send('response.create');
    await talking.next('response.output_audio.delta');
    const stopped = server.stop();
    expect(await quiet.socket.closed).toEqual({ code: 1001, reason: 'shutting-down' });
    expect((await talking.next('response.done')).response.status).toBe('completed');
    expect(await talking.socket.closed).toEqual({ code: 1001, reason: 'shutting-down' });
    expect(await stopped).toBe(0);
  });
});
