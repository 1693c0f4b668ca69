import { beforeEach, describe, expect, it } from 'vitest';
import { audioSaying } from '../fakes/speech-script.js';
import { type Account, newAccount } from '../setup/account.js';
import { at24kHz, question, RealtimeClient } from '../setup/realtime-client.js';
import { SERVER_EVENTS } from '../setup/realtime-schema.js';
import { typeFlaws } from '../setup/realtime-types.js';
import { simulatedServer } from '../setup/simulated-server.js';
import type { SocketEvent } from '../setup/web-socket.js';

const stage = simulatedServer({ env: { WS_CONNECTS_PER_MINUTE: '100' } });
const seen: SocketEvent[] = [];
let account: Account;
let clients: RealtimeClient[] = [];

beforeEach(async () => {
  account = await newAccount(stage.url);
  return () => {
    for (const client of clients) {
      seen.push(...client.events);
      client.leave();
    }
    clients = [];
  };
});

async function call(query = ''): Promise<RealtimeClient> {
  const client = await RealtimeClient.open(stage.url, account.token, query);
  clients.push(client);
  return client;
}

/** What the model was given, request by request. */
const chats = (): unknown[] =>
  stage.provider.requests.flatMap(({ body }) => (body['messages'] === undefined ? [] : [body['messages']]));

const PUSH_TO_TALK = { audio: { input: { turn_detection: null } } };
const LONG = Array.from({ length: 12 }, (_, at) => `This is sentence number ${at + 1} of a long answer.`).join(' ');

describe('a call over the Realtime protocol', () => {
  it('greets where it is asked to', async () => {
    const client = await call();
    expect(client.events[0].session).toMatchObject({
      type: 'realtime',
      model: 'cozy/companion',
      output_modalities: ['audio'],
      audio: { input: { format: { type: 'audio/pcm', rate: 24_000 }, turn_detection: { type: 'server_vad' } } },
    });
    stage.provider.script({ text: 'Good morning to you.' });
    client.send('response.create', { response: { instructions: 'Greet the caller.', metadata: { topic: 'hello' } } });
    const { response } = await client.next('response.done');
    expect(response).toMatchObject({ status: 'completed', metadata: { topic: 'hello' } });
    expect(response.output).toMatchObject([
      {
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_audio', transcript: 'Good morning to you.' }],
      },
    ]);
    await client.next('output_audio_buffer.stopped');
    expect(client.story.filter((type) => !type.endsWith('delta'))).toEqual([
      'session.created',
      'conversation.created',
      'response.created',
      'rate_limits.updated',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'output_audio_buffer.started',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'response.output_item.done',
      'conversation.item.done',
      'response.done',
      'output_audio_buffer.stopped',
    ]);
    expect(JSON.stringify(chats()[0])).toContain('Greet the caller.');
  });

  it('hears, answers and writes down what was said', async () => {
    const client = await call();
    stage.provider.speech.hear({ text: 'What time is it?' });
    stage.provider.script({ text: 'It is noon.' });
    client.say(question());
    const started = await client.next('input_audio_buffer.speech_started');
    const stopped = await client.next('input_audio_buffer.speech_stopped');
    expect(stopped.item_id).toBe(started.item_id);
    expect(started.audio_start_ms).toBeLessThan(600);
    expect(stopped.audio_end_ms).toBeGreaterThan(started.audio_start_ms + 1000);
    expect(await client.next('input_audio_buffer.committed')).toMatchObject({ item_id: started.item_id });
    const { transcript } = await client.next('conversation.item.input_audio_transcription.completed');
    expect(transcript).toBe('What time is it?');
    await client.next('response.done');
    client.send('conversation.item.retrieve', { item_id: started.item_id });
    expect((await client.next('conversation.item.retrieved')).item).toMatchObject({
      role: 'user',
      content: [{ type: 'input_audio', transcript: 'What time is it?' }],
    });
    const sound = client.of('response.output_audio.delta').map(({ delta }) => Buffer.from(delta, 'base64'));
    expect(Buffer.concat(sound).length).toBeGreaterThan(9000);
    const { session_id } = client.events[0].session.cozy;
    const { body } = await account.call('GET', `/v1/sessions/${session_id}`);
    const said = body.messages.filter((message: { metadata: object }) => 'is_voice_call' in message.metadata);
    expect(said).toMatchObject([
      { role: 'user', content: 'What time is it?' },
      { role: 'assistant', content: 'It is noon.' },
    ]);
  });

  it('is push to talk without turn detection', async () => {
    const client = await call();
    expect((await client.update(PUSH_TO_TALK)).audio.input.turn_detection).toBeNull();
    client.say(at24kHz(audioSaying('Take a note.')));
    client.send('input_audio_buffer.commit');
    const { item_id } = await client.next('input_audio_buffer.committed');
    await client.next('conversation.item.input_audio_transcription.completed');
    expect(client.of('response.created')).toEqual([]);
    stage.provider.script({ text: 'Noted.' });
    client.send('response.create');
    expect((await client.next('response.done')).response.output[0].content[0].transcript).toBe('Noted.');
    expect(client.of('input_audio_buffer.speech_started')).toEqual([]);
    expect(client.of('conversation.item.added')[0].item.id).toBe(item_id);
    client.send('input_audio_buffer.commit', { event_id: 'empty' });
    expect((await client.next('error')).error).toMatchObject({ code: 'VALIDATION_FAILED', event_id: 'empty' });
    client.say(at24kHz(audioSaying('Forget this.')));
    client.send('input_audio_buffer.clear');
    await client.next('input_audio_buffer.cleared');
    client.send('input_audio_buffer.commit', { event_id: 'cleared' });
    expect((await client.next('error')).error).toMatchObject({ event_id: 'cleared' });
  });

  it.each([
    ['flat', { type: 'function', name: 'get_weather', description: 'The weather.', parameters: { type: 'object' } }],
    ['nested', { type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }],
  ])('hands calls of the client’s own functions to it (%s)', async (_shape, tool) => {
    const client = await call();
    const session = await client.update({ tools: [tool], output_modalities: ['text'], instructions: 'Be brief.' });
    expect(session.tools).toMatchObject([{ type: 'function', name: 'get_weather' }]);
    stage.provider.script({ toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{"city":"Bern"}' }] });
    stage.provider.script({ text: 'It is sunny in Bern.' });
    client.type('How is the weather?');
    client.send('response.create');
    const done = await client.next('response.function_call_arguments.done');
    expect(done).toMatchObject({ call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Bern"}' });
    const { response } = await client.next('response.done');
    expect(response.output).toMatchObject([{ type: 'function_call', status: 'completed', call_id: 'call_1' }]);
    const deltas = client.of('response.function_call_arguments.delta').map(({ delta }) => delta);
    expect(deltas.join('')).toBe('{"city":"Bern"}');
    const item = { type: 'function_call_output', call_id: 'call_1', output: '{"sky":"blue"}' };
    client.send('conversation.item.create', { item });
    client.send('response.create');
    expect((await client.next('response.done')).response.output).toMatchObject([
      { content: [{ type: 'output_text', text: 'It is sunny in Bern.' }] },
    ]);
    const messages = chats()[1] as object[];
    expect(messages.slice(-2)).toMatchObject([
      { role: 'assistant', tool_calls: [{ id: 'call_1' }] },
      { role: 'tool', tool_call_id: 'call_1', content: '{"sky":"blue"}' },
    ]);
    expect(JSON.stringify(messages)).toContain('Be brief.');
    client.send('conversation.item.create', { item });
    expect((await client.next('error')).error.param).toBe('item.call_id');
  });

  it('is interrupted by words, and keeps what was heard', async () => {
    const client = await call();
    stage.provider.script({ text: LONG });
    client.type('Tell me a lot.');
    client.send('response.create');
    const { item_id } = await client.next('response.output_audio.delta');
    for (let at = 0; at < 40; at++) await client.next('response.output_audio.delta');
    stage.provider.speech.hear({ text: 'Stop, please.' });
    stage.provider.script({ text: 'Very well.' });
    client.say(question());
    const { response } = await client.next('response.done');
    expect(response).toMatchObject({
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'turn_detected' },
      output: [{ id: item_id, status: 'incomplete' }],
    });
    const heard = response.output[0].content[0].transcript as string;
    expect(LONG.startsWith(heard)).toBe(true);
    expect(heard.length).toBeLessThan(LONG.length / 2);
    await client.next('output_audio_buffer.cleared');
    expect((await client.next('response.done')).response.output[0].content[0].transcript).toBe('Very well.');
    expect(chats()).toHaveLength(2);
    expect(JSON.stringify(chats()[1])).not.toContain('number 12');
  });

  it('is cut where its client stops playing it', async () => {
    const client = await call();
    stage.provider.script({ text: LONG });
    client.type('Tell me a lot.');
    client.send('response.create');
    const { item_id } = await client.next('response.output_audio.delta');
    for (let at = 0; at < 60; at++) await client.next('response.output_audio.delta');
    client.send('conversation.item.truncate', { item_id, content_index: 0, audio_end_ms: 100 });
    const { response } = await client.next('response.done');
    expect(response.status).toBe('cancelled');
    expect(response.output[0].content[0].transcript.length).toBeLessThan(20);
    expect(await client.next('conversation.item.truncated')).toMatchObject({ item_id, audio_end_ms: 100 });
    client.send('response.cancel', { event_id: 'late' });
    expect((await client.next('error')).error).toMatchObject({ code: 'RESOURCE_NOT_FOUND', event_id: 'late' });
  });

  it('keeps items that are typed, brought along or deleted', async () => {
    const client = await call();
    const make = (role: string, text: string, id: string) => {
      const content = [{ type: role === 'assistant' ? 'output_text' : 'input_text', text }];
      client.send('conversation.item.create', { item: { id, type: 'message', role, content } });
    };
    make('user', 'My name is Ada.', 'one');
    make('assistant', 'Hello Ada.', 'two');
    make('user', 'Forget this one.', 'three');
    make('system', 'The caller likes rhymes.', 'four');
    make('user', 'What is my name?', 'five');
    client.send('conversation.item.delete', { item_id: 'three' });
    expect(await client.next('conversation.item.deleted')).toMatchObject({ item_id: 'three' });
    stage.provider.script({ text: 'Ada.' });
    client.send('response.create', { response: { output_modalities: ['text'] } });
    await client.next('response.done');
    const messages = chats()[0] as object[];
    expect(messages.slice(-3)).toMatchObject([
      { role: 'user', content: 'My name is Ada.' },
      { role: 'assistant', content: 'Hello Ada.' },
      { role: 'user', content: 'What is my name?' },
    ]);
    expect(JSON.stringify(messages)).toContain('likes rhymes');
    expect(JSON.stringify(messages)).not.toContain('Forget this one');
    client.send('conversation.item.delete', { item_id: 'five' });
    expect(await client.next('conversation.item.deleted')).toMatchObject({ item_id: 'five' });
    make('user', 'Who am I?', 'six');
    client.send('response.create', { response: { output_modalities: ['text'] } });
    await client.next('response.done');
    expect(JSON.stringify(chats()[1])).not.toContain('What is my name?');
    expect(JSON.stringify(chats()[1])).toContain('Ada.');
  });

  it('tells failures of the provider, and goes on', async () => {
    const client = await call();
    stage.provider.script({ fault: { kind: 'status', status: 500 } });
    stage.provider.script({ fault: { kind: 'status', status: 500 } });
    stage.provider.script({ fault: { kind: 'status', status: 500 } });
    client.type('Hello?');
    client.send('response.create', { response: { output_modalities: ['text'] } });
    const { response } = await client.next('response.done');
    expect(response).toMatchObject({ status: 'failed', status_details: { error: { code: 'ENGINE_FAILED' } } });
    await client.update(PUSH_TO_TALK);
    stage.provider.speech.hear({ fault: { kind: 'status', status: 500 } });
    client.say(at24kHz(audioSaying('Lost.')));
    client.send('input_audio_buffer.commit');
    expect(await client.next('conversation.item.input_audio_transcription.failed')).toMatchObject({
      error: { code: 'ENGINE_FAILED' },
    });
  });

  it('breaks a long silence where its client wants that', async () => {
    const client = await call();
    await client.update({ audio: { input: { turn_detection: { type: 'server_vad', idle_timeout_ms: 1000 } } } });
    client.send('response.create');
    await client.next('response.done');
    const { item_id } = await client.next('input_audio_buffer.timeout_triggered');
    expect(await client.next('input_audio_buffer.committed')).toMatchObject({ item_id });
    await client.next('response.done');
  });
});

it('has told every event that there is a schema of, each as the types of OpenAI’s SDK have it too', () => {
  expect(typeFlaws(seen)).toEqual([]);
  expect(new Set(seen.map(({ type }) => type))).toEqual(new Set(SERVER_EVENTS));
});
