import { describe, expect, it } from 'vitest';
import { newAccount } from '../setup/account.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { VoiceClient } from '../setup/voice-client.js';

const stage = simulatedServer({ config: { 'voice.yaml': 'idle_timeout_ms: 1000\n' } });

describe('a call that nobody talks in', () => {
  it('ends', async () => {
    const client = await VoiceClient.connect(stage.url, (await newAccount(stage.url)).token);
    await client.get('call.start', { transport: 'socket' });
    expect(await client.next('call.ended')).toEqual({ reason: 'idle' });
    client.close();
  });
});
