import { afterEach, describe, expect, it } from 'vitest';
import { canaryStage, everybody } from '../setup/canary-stage.js';
import { personality } from '../setup/config-folder.js';
import { messagesOf } from '../factories/conversation.js';
import { newAccount } from '../setup/account.js';
import { RealtimeClient } from '../setup/realtime-client.js';
import { spokenSamples } from '../setup/speech.js';
import { VoiceClient } from '../setup/voice-client.js';

const SECOND = {
  name: 'second',
  base_url: '${OPENAI_BASE_URL}',
  default_model: 'second-model',
  models: ['second-model'],
};

const parts = canaryStage(
  {
    'engines.development.yaml': { ai: { others: [SECOND] } },
    'personalities/pirate.yaml': personality('pirate'),
  },
  { WS_CONNECTS_PER_MINUTE: '1000' },
);
const open: { close?: () => void; leave?: () => void }[] = [];
afterEach(() => {
  for (const client of open.splice(0)) (client.close ?? client.leave)?.call(client);
});

/** The chats that the provider was asked for; a call asks it for other things, too. */
const chats = () => parts.stage.provider.requests.filter(({ path }) => path === '/chat/completions');
const askedModel = () => chats().at(-1)?.body['model'];
const rollBack = () => parts.admin.call('POST', '/v1/admin/canary/rollback');
const NOTE = [{ feature: 'voices', variant: 'canary', reason: 'percentage' }];

/** Of somebody new, as a user may have so many calls and no more. */
async function startCall() {
  const account = await newAccount(parts.stage.url);
  const client = await VoiceClient.connect(parts.stage.url, account.token);
  open.push(client);
  const { session_id: sessionId } = await client.get('call.start', { transport: 'socket' });
  const turn = async (begin: () => Promise<unknown>) => {
    const from = client.events.length;
    await begin();
    return client.next('response.done', from);
  };
  return {
    client,
    sessionId: sessionId as string,
    type: (text: string) => turn(() => client.get('text.send', { text })),
    say: (text: string) => {
      parts.stage.provider.speech.hear({ text });
      client.talk();
      return turn(() => Promise.resolve(client.say(spokenSamples())));
    },
    canary: async () => (await messagesOf(account, sessionId)).at(-1)?.metadata['canary'],
  };
}

describe('the turns of a call', () => {
  it('are answered by the variant’s model, and by the base’s from the turn after a rollback on', async () => {
    await parts.ruleAlone('voices', everybody({ model: 'better-model' }));
    const { client, type, say, canary } = await startCall();
    expect(await say('What time is it?')).toMatchObject({ outcome: 'completed' });
    expect([askedModel(), await canary()]).toEqual(['better-model', NOTE]);
    await rollBack();
    expect(await type('And now?')).toMatchObject({ outcome: 'completed' });
    expect(askedModel()).not.toBe('better-model');
    expect(await canary()).toBeUndefined();
    await parts.ruleAlone('voices', everybody({ provider: 'second' }));
    expect(await type('Once more?')).toMatchObject({ outcome: 'completed' });
    expect([askedModel(), await canary()]).toEqual(['second-model', NOTE]);
    expect([client.of('error'), client.of('call.ended')]).toEqual([[], []]);
  });

  it('are answered by the variant’s personality, and the call goes on as before when it is taken back', async () => {
    await parts.ruleAlone('voices', everybody({ personality: 'pirate' }));
    const { client, type } = await startCall();
    const system = () => JSON.stringify(chats().at(-1)?.body['messages']);
    await type('Who are you?');
    expect(system()).toContain('You are pirate.');
    await rollBack();
    await type('Who are you now?');
    expect(system()).not.toContain('You are pirate.');
    expect(client.of('call.ended')).toEqual([]);
  });

  it('that runs while the variant is taken back ends as it began', async () => {
    await parts.ruleAlone('voices', everybody({ model: 'better-model' }));
    const { client, type } = await startCall();
    parts.stage.provider.script({ text: 'An answer that takes its time, as it is long.', tokenDelayMs: 40 });
    const running = type('Tell me something.');
    await client.next('response.text-delta');
    await rollBack();
    expect(await running).toMatchObject({ outcome: 'completed' });
    expect(askedModel()).toBe('better-model');
  });

  it('count for the budget, and a broken one takes the variant back without ending the call', async () => {
    const budget = { min_requests: 2, max_error_rate_delta: 0.5 };
    await parts.ruleAlone('voices', everybody({ model: 'better-model' }, { budget }));
    const { client, type } = await startCall();
    for (let at = 0; at < 2; at += 1) {
      parts.stage.provider.failOnce({ kind: 'status', status: 400 });
      expect(await type('Hello?')).toMatchObject({ outcome: 'failed' });
    }
    expect(await type('Are you there?')).toMatchObject({ outcome: 'completed' });
    expect(askedModel()).not.toBe('better-model');
    expect(client.of('call.ended')).toEqual([]);
    await expect.poll(async () => (await parts.rule('voices')).rolled_back?.cause).toBe('error_rate');
  });

  it('stay here where a rule leads to an earlier server, and say so', async () => {
    await parts.ruleAlone('voices', everybody({ upstream: 'cozychat' }));
    const { type, canary } = await startCall();
    expect(await type('Hello?')).toMatchObject({ outcome: 'completed' });
    expect([parts.legacy.requests.length, chats().length]).toEqual([0, 1]);
    expect(await canary()).toEqual([{ feature: 'voices', variant: 'base', reason: 'unavailable' }]);
  });
});

describe('a call over the Realtime protocol', () => {
  it('follows the rules turn by turn', async () => {
    await parts.ruleAlone('voices', everybody({ model: 'better-model' }));
    const { token } = await newAccount(parts.stage.url);
    const client = await RealtimeClient.open(parts.stage.url, token);
    open.push(client);
    const ask = async (text: string) => {
      client.type(text);
      client.send('response.create');
      return (await client.next('response.done')).response as { status: string };
    };
    expect(await ask('Hello?')).toMatchObject({ status: 'completed' });
    expect(askedModel()).toBe('better-model');
    await rollBack();
    expect(await ask('And now?')).toMatchObject({ status: 'completed' });
    expect(askedModel()).not.toBe('better-model');
  });
});
