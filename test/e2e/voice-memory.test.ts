import { describe, expect, it, vi } from 'vitest';
import { newAccount } from '../setup/account.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { VoiceClient } from '../setup/voice-client.js';

const stage = simulatedServer({ env: { ROLE: 'all' } });

describe('what was told in a call', () => {
  it('is known in a chat', { timeout: 60_000 }, async () => {
    const friend = await newAccount(stage.url);
    const client = await VoiceClient.connect(stage.url, friend.token);
    await client.get('call.start', { transport: 'socket' });
    await client.get('text.send', { text: 'My cat is called Mochi.' });
    await client.next('response.done');
    client.close();
    await vi.waitFor(
      async () => {
        const { body } = await friend.call('GET', '/v1/memories');
        expect(JSON.stringify(body)).toContain('Mochi');
      },
      { timeout: 15_000, interval: 50 },
    );
    await friend.call('POST', '/v1/chat/completions', {
      messages: [{ role: 'user', content: 'What is the name of my cat?' }],
    });
    const asked = stage.provider.requests.findLast(({ body }) => JSON.stringify(body).includes('name of my cat'));
    expect(JSON.stringify(asked?.body)).toContain('Mochi');
  });
});
