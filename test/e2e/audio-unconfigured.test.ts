import { beforeAll, describe, expect, it } from 'vitest';
import { wav } from '../setup/sound.js';
import { type Account, newAccount } from '../setup/account.js';
import { expectRefusal } from '../setup/refusal.js';
import { testServer } from '../setup/test-server.js';
import { TestSocket } from '../setup/web-socket.js';

let url: string;
let account: Account;
beforeAll(async () => {
  ({ url } = await testServer());
  account = await newAccount(url);
});

describe('a server without a provider says which variable to set', () => {
  it('for speech', async () => {
    const answer = await account.call('POST', '/v1/audio/speech', { input: 'x', voice: 'alloy' });
    expectRefusal(answer, 501, 'ENGINE_UNSUPPORTED');
    expect(answer.body.message).toContain('TTS_BASE_URL');
  });

  it('for transcriptions', async () => {
    const form = new FormData();
    form.append('file', new Blob([Uint8Array.from(wav(new Int16Array(1600), 16_000))]), 'a.wav');
    const headers = { Authorization: `Bearer ${account.token}` };
    const response = await fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', headers, body: form });
    expect(response.status).toBe(501);
    expect(await response.text()).toContain('STT_BASE_URL');
  });

  it('for dictation', async () => {
    const headers = { Authorization: `Bearer ${account.token}` };
    const socket = await TestSocket.open(url, '/v1/audio/stt/stream', { headers });
    expect(await socket.next('error')).toMatchObject({ error: { code: 'ENGINE_UNSUPPORTED' } });
    expect((await socket.closed).code).toBe(1008);
  });
});
