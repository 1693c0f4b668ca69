import * as agents from '@openai/agents-realtime';
import * as agents03 from 'agents-realtime-0-3';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Account, newAccount } from '../setup/account.js';
import { question } from '../setup/realtime-client.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({ env: { WS_CONNECTS_PER_MINUTE: '100' } });
const SOON = { timeout: 20_000, interval: 50 };
const LONG = Array.from({ length: 12 }, (_, at) => `This is sentence number ${at + 1} of a long answer.`).join(' ');

let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});

/** The text of a history, as the client shows it. */
const linesOf = (history: readonly agents.RealtimeItem[]): string[] =>
  history.flatMap((item) => {
    if (item.type !== 'message') return item.type === 'function_call' ? [`${item.name} -> ${item.output}`] : [];
    const texts = item.content.map((part) => ('text' in part ? part.text : (part.transcript ?? '')));
    return [`${item.role}: ${texts.join(' ')}`];
  });

// The 0.3 line has the same names for all that is used here.
describe.each([
  ['0.3', agents03 as unknown as typeof agents],
  ['newest', agents],
])('the OpenAI Agents SDK (%s) over a WebSocket', (_version, sdk) => {
  async function connect(tools: ReturnType<typeof agents.tool>[] = []) {
    const agent = new sdk.RealtimeAgent({ name: 'Guide', instructions: 'Speak like a guide.', tools });
    const session = new sdk.RealtimeSession(agent, { transport: 'websocket' });
    const errors: unknown[] = [];
    const sound: ArrayBuffer[] = [];
    session.on('error', (error) => errors.push(error));
    session.on('audio', ({ data }) => sound.push(data));
    const { body } = await account.call('POST', '/v1/config/realtime-token', {});
    await session.connect({ apiKey: body.token, url: body.websocket_url });
    return { session, errors, sound };
  }

  it('greets, calls a function, hears, is interrupted, keeps its history and hangs up', async () => {
    const asked: string[] = [];
    const weather = sdk.tool({
      name: 'get_weather',
      description: 'The weather of a city.',
      parameters: z.object({ city: z.string() }),
      execute: async ({ city }) => {
        asked.push(city);
        return `Sunny in ${city}.`;
      },
    });
    const { session, errors, sound } = await connect([weather]);
    const lines = () => linesOf(session.history);

    stage.provider.script({ text: 'Welcome to the tour.' });
    session.transport.sendEvent({ type: 'response.create' });
    await expect.poll(lines, SOON).toEqual(['assistant: Welcome to the tour.']);
    await expect.poll(() => sound.length, SOON).toBeGreaterThan(5);

    stage.provider.script({ toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{"city":"Bern"}' }] });
    stage.provider.script({ text: 'It is sunny.' });
    session.sendMessage('How is the weather in Bern?');
    await expect.poll(lines, SOON).toContain('assistant: It is sunny.');
    expect(asked).toEqual(['Bern']);
    expect(lines()).toContain('get_weather -> Sunny in Bern.');

    stage.provider.script({ text: LONG });
    stage.provider.speech.hear({ text: 'Stop, please.' });
    const before = sound.length;
    session.sendMessage('Tell me everything.');
    await expect.poll(() => sound.length - before, SOON).toBeGreaterThan(60);
    stage.provider.script({ text: 'Very well.' });
    const interrupted = new Promise((resolve) => session.once('audio_interrupted', resolve));
    const asking = question();
    session.sendAudio(Uint8Array.from(asking).buffer);
    await interrupted;
    await expect.poll(lines, SOON).toContain('assistant: Very well.');
    expect(lines()).toContain('user: Stop, please.');
    const cut = lines().find((line) => line.includes('sentence number 1 '));
    expect(cut).toBeDefined();
    expect(cut).not.toContain('number 12');
    expect(errors).toEqual([]);

    session.close();
    await expect
      .poll(async () => {
        const { body } = await account.call('GET', '/v1/sessions');
        return body.sessions[0].message_count;
      }, SOON)
      .toBeGreaterThanOrEqual(9);
    const { body: list } = await account.call('GET', '/v1/sessions');
    const { body } = await account.call('GET', `/v1/sessions/${list.sessions[0].session_id}`);
    const texts = body.messages.map(({ content }: { content: string }) => content);
    for (const said of ['Welcome to the tour.', 'It is sunny.', 'Stop, please.', 'Very well.'])
      expect(texts).toContain(said);
    expect(JSON.stringify(texts)).not.toContain('number 12');
    expect(JSON.stringify(stage.provider.requests[0]?.body)).toContain('Speak like a guide.');
  }, 60_000);
});
