import { beforeEach, describe, expect, it } from 'vitest';
import { tone } from '../fakes/speech-script.js';
import { type Account, newAccount } from '../setup/account.js';
import { at24kHz, RealtimeClient } from '../setup/realtime-client.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({ env: { WS_CONNECTS_PER_MINUTE: '100' } });
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});

const chats = () =>
  stage.provider.requests.flatMap(({ body }) => (body['messages'] ? [body['messages'] as object[]] : []));

async function texts(sessionId: string): Promise<string[]> {
  const headers = { Authorization: `Bearer ${account.token}` };
  const response = await fetch(`${stage.url}/v1/sessions/${sessionId}/messages`, { headers });
  const { items } = (await response.json()) as { items: { role: string; content: string }[] };
  return items.filter(({ role }) => role === 'user').map(({ content }) => content);
}

describe('what nobody has answered yet in a call over the Realtime protocol', () => {
  it('is the result of a function, and reaches the model also after somebody went on talking', async () => {
    const client = await RealtimeClient.open(stage.url, account.token);
    await client.update({ tools: [{ type: 'function', name: 'find_room' }], output_modalities: ['text'] });
    stage.provider.script({ toolCalls: [{ id: 'call_1', name: 'find_room', arguments: '{}' }] });
    client.type('Which room?');
    client.send('response.create');
    await client.next('response.done');
    stage.provider.script({ text: 'One moment.' });
    client.type('Are you there?');
    client.send('response.create');
    await client.next('response.done');
    client.send('conversation.item.create', {
      item: { type: 'function_call_output', call_id: 'call_1', output: 'Room 12' },
    });
    client.send('response.create');
    await client.next('response.done');
    expect(chats()[2]?.slice(-5)).toMatchObject([
      { role: 'user', content: 'Which room?' },
      { role: 'user', content: 'Are you there?' },
      { role: 'assistant', content: 'One moment.' },
      { role: 'assistant', tool_calls: [{ id: 'call_1' }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'Room 12' },
    ]);
    client.leave();
  });

  it('is sound that waits to be committed, and outlives a change of the instructions', async () => {
    const client = await RealtimeClient.open(stage.url, account.token);
    await client.update({ audio: { input: { turn_detection: null } } });
    client.say(at24kHz(tone(8000, 16_000)));
    await client.update({ instructions: 'Be brief.' });
    client.send('input_audio_buffer.commit');
    const { transcript } = await client.next('conversation.item.input_audio_transcription.completed');
    // What the provider says of sound that it was told nothing of: all of it came.
    expect(transcript).toBe('I heard 520 ms.');
    client.leave();
  });

  it('is kept when the client hangs up', async () => {
    const client = await RealtimeClient.open(stage.url, account.token);
    const sessionId = client.of('session.created')[0].session.cozy.session_id as string;
    await client.update({ audio: { input: { turn_detection: null } } });
    stage.provider.speech.hear({ text: 'My train goes at nine.' });
    client.say(at24kHz(tone(8000, 16_000)));
    client.send('input_audio_buffer.commit');
    await client.next('input_audio_buffer.committed');
    client.type('From platform four.');
    await client.next('conversation.item.done');
    client.leave();
    await expect.poll(() => texts(sessionId)).toEqual(['My train goes at nine.', 'From platform four.']);
  });
});
