import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Account, newAccount } from '../setup/account.js';
import { MediaBrowser, noChromium } from '../setup/media-browser.js';
import { serverEventFlaws } from '../setup/realtime-schema.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { wav } from '../setup/sound.js';
import { spokenSamples } from '../setup/speech.js';
import { ownServer } from '../setup/test-server.js';

const RATE = 16_000;
const SOON = { timeout: 25_000, interval: 100 };
const LONG = Array.from({ length: 14 }, (_, at) => `This is sentence number ${at + 1} of a long answer.`).join(' ');

/** A person who asks, listens for a while, interrupts, and then says nothing for long. */
function microphone(): Buffer {
  const silence = (seconds: number) => Array.from({ length: seconds * RATE }, () => 0);
  const speech = spokenSamples();
  return wav(Int16Array.from([...silence(4), ...speech, ...silence(5), ...speech, ...silence(60)]), RATE);
}

describe.skipIf(noChromium)('a browser that calls over WebRTC', () => {
  const stage = simulatedServer({ env: { ALLOWED_ORIGINS: '*', WS_CONNECTS_PER_MINUTE: '100' } });
  const bareServer = ownServer(() => ({ env: { MEDIASOUP_WORKER_BIN: '/nowhere', ALLOWED_ORIGINS: '*' } }));
  let browser: MediaBrowser;
  let account: Account;
  const pages: Page[] = [];

  beforeAll(async () => {
    await bareServer();
    browser = await MediaBrowser.open(microphone(), 'realtime-page.mjs');
  });
  beforeEach(async () => {
    account = await newAccount(stage.url);
    return async () => {
      for (const page of pages.splice(0)) await page.close();
    };
  });
  afterAll(() => browser?.close());

  const newPage = async (): Promise<Page> => {
    const page = await browser.page();
    pages.push(page);
    return page;
  };
  const ask = <Answer>(page: Page, method: string, ...args: unknown[]) =>
    page.evaluate<Answer>(`window.realtime.${method}(...${JSON.stringify(args)})`);
  const token = async () => (await account.call('POST', '/v1/config/realtime-token', {})).body;
  const open = async () => {
    const metrics = await (await fetch(`${stage.url}/metrics`)).text();
    return Number(/^cozy_voice_calls_open (\d+)/m.exec(metrics)?.[1]);
  };

  it.each(['0.3', 'newest'])(
    'with the OpenAI Agents SDK (%s) is heard, answered, interrupted and stored',
    async (version) => {
      const page = await newPage();
      stage.provider.script({ text: LONG });
      stage.provider.setAnswer({ text: 'Very well.' });
      stage.provider.speech.hear({ text: 'What time is it?' }, { text: 'Stop, please.' });
      const callId = await ask<string>(page, 'connect', version, await token());
      expect(callId).toMatch(/^[0-9a-f-]{36}$/);
      const lines = () => ask<string[]>(page, 'lines');

      await expect.poll(lines, SOON).toContain('user: What time is it?');
      await expect.poll(() => ask<number>(page, 'loudest'), SOON).toBeGreaterThan(0.05);
      await expect.poll(lines, SOON).toContain('user: Stop, please.');
      await expect.poll(lines, SOON).toContain('assistant: Very well.');
      const cut = (await lines()).find((line) => /sentence number 1\b/.test(line));
      expect(cut).toBeDefined();
      expect(cut).not.toContain('number 14');

      stage.provider.script({ toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{"city":"Bern"}' }] });
      stage.provider.script({ text: 'It is sunny.' });
      await ask(page, 'say', 'How is the weather in Bern?');
      await expect.poll(lines, SOON).toContain('assistant: It is sunny.');
      expect(await ask(page, 'asked')).toEqual(['Bern']);
      const events = await ask<string[]>(page, 'events');
      for (const type of ['output_audio_buffer.started', 'output_audio_buffer.cleared', 'response.done']) {
        expect(events).toContain(type);
      }
      expect(events).not.toContain('response.output_audio.delta');
      expect(await ask(page, 'errors')).toEqual([]);
      const told = await ask<{ type: string }[]>(page, 'told');
      expect(told.length).toBeGreaterThan(20);
      expect(serverEventFlaws(told)).toEqual([]);

      await ask(page, 'close');
      await expect.poll(open, SOON).toBe(0);
      const { body: list } = await account.call('GET', '/v1/sessions');
      const { body } = await account.call('GET', `/v1/sessions/${list.sessions[0].session_id}`);
      const texts = JSON.stringify(body.messages.map(({ content }: { content: string }) => content));
      for (const said of ['What time is it?', 'Stop, please.', 'Very well.', 'It is sunny.'])
        expect(texts).toContain(said);
      expect(texts).not.toContain('number 14');
    },
    90_000,
  );

  it('is hung up by its id, and by the end of its sign-in', async () => {
    const page = await newPage();
    const callId = await ask<string>(page, 'connect', 'newest', await token());
    const other = await newAccount(stage.url);
    expect((await other.call('POST', `/v1/realtime/calls/${callId}/hangup`)).status).toBe(404);
    expect((await account.call('POST', `/v1/realtime/calls/${callId}/hangup`)).status).toBe(200);
    await expect.poll(open, SOON).toBe(0);
    const second = await newPage();
    await ask(second, 'connect', 'newest', await token());
    expect(await open()).toBe(1);
    await account.call('POST', '/v1/auth/logout');
    await expect.poll(open, SOON).toBe(0);
  }, 60_000);

  it('may send a form, an access token and no data', async () => {
    const page = await newPage();
    const url = `${stage.url}/v1/realtime/calls`;
    const answer = await ask<{ status: number; location: string; text: string }>(
      page,
      'offer',
      url,
      account.token,
      true,
    );
    expect(answer).toMatchObject({
      status: 201,
      location: expect.stringMatching(/^\/v1\/realtime\/calls\/[0-9a-f-]+$/),
    });
    expect(answer.text).toContain('a=ice-lite');
    const { id = '' } = /calls\/(?<id>.+)$/.exec(answer.location)?.groups ?? {};
    await account.call('POST', `/v1/realtime/calls/${id}/hangup`);
    await expect.poll(open, SOON).toBe(0);
  });

  it('is told where there is no media worker', async () => {
    const bare = await bareServer();
    const caller = await newAccount(bare.url);
    const page = await newPage();
    const url = `${bare.url}/v1/realtime/calls`;
    const { status, text } = await ask<{ status: number; text: string }>(page, 'offer', url, caller.token, false);
    expect([status, JSON.parse(text).error.code]).toEqual([503, 'ENGINE_UNAVAILABLE']);
  });

  it.each([
    ['nothing', ''],
    ['no SDP', 'hello'],
    ['no media', 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n'],
    ['broken lines', `v=0\r\n${'m=audio\r\na=\r\n'.repeat(10)}`],
    [
      'no Opus',
      'v=0\r\ns=-\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=rtcp-mux\r\na=rtpmap:0 PCMU/8000\r\n',
    ],
    [
      'no fingerprint',
      'v=0\r\ns=-\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n',
    ],
  ])('that offers %s is told why not, and keeps its secret', async (_what, body) => {
    const secret = (await token()).token as string;
    const post = (sdp: string) =>
      fetch(`${stage.url}/v1/realtime/calls`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${secret}` },
        body: sdp,
      });
    const refused = await post(body);
    const { error } = (await refused.json()) as { error: { code: string; param: string; message: string } };
    expect([refused.status, error.code, error.param]).toEqual([400, 'VALIDATION_FAILED', 'sdp']);
    expect(error.message).toMatch(/SDP/);
    const page = await newPage();
    const { status } = await ask<{ status: number }>(page, 'offer', `${stage.url}/v1/realtime/calls`, secret, false);
    expect(status).toBe(201);
  });
});
