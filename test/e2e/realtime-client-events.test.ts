import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { audioSaying } from '../fakes/speech-script.js';
import { type Account, newAccount } from '../setup/account.js';
import { at24kHz, RealtimeClient } from '../setup/realtime-client.js';
import {
  CLIENT_EVENTS,
  clientEventFlaws,
  fieldsOf,
  secretFlaws,
  secretWishFlaws,
  serverEventFlaws,
} from '../setup/realtime-schema.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});

type Fields = Record<string, unknown>;

const TOOL = { type: 'function', name: 'look', description: 'Looks.', parameters: { type: 'object' } };
const PROMPT = { id: 'pmpt_1', version: '2', variables: { name: 'Ada' } };
const REASONING = { effort: 'low' };
const FORMAT = { type: 'audio/pcm', rate: 24_000 };

const SESSION = {
  type: 'realtime',
  output_modalities: ['text'],
  model: 'gpt-realtime',
  instructions: 'Be brief.',
  audio: {
    input: {
      format: FORMAT,
      transcription: {
        model: 'gpt-4o-transcribe',
        language: 'en',
        languages: ['en'],
        keywords: ['Cozy'],
        prompt: 'Names.',
        delay: 'low',
      },
      noise_reduction: { type: 'near_field' },
      turn_detection: {
        type: 'server_vad',
        threshold: 0.5,
        prefix_padding_ms: 300,
        silence_duration_ms: 500,
        create_response: true,
        interrupt_response: true,
        idle_timeout_ms: 30_000,
      },
    },
    output: { format: { rate: 24_000 }, voice: { id: 'voice_1' }, speed: 1 },
  },
  include: ['item.input_audio_transcription.logprobs'],
  tracing: { workflow_name: 'calls', group_id: 'g', metadata: {} },
  tools: [TOOL],
  tool_choice: { type: 'function', name: 'look' },
  parallel_tool_calls: true,
  reasoning: REASONING,
  max_output_tokens: 500,
  truncation: { type: 'retention_ratio', retention_ratio: 0.8, token_limits: { post_instructions: 8000 } },
  prompt: PROMPT,
};
const DETECTION = {
  type: 'semantic_vad',
  eagerness: 'high',
  create_response: false,
  interrupt_response: false,
};
const OTHERWISE = {
  type: 'realtime',
  audio: {
    input: { format: { type: 'audio/pcmu' }, noise_reduction: null, turn_detection: DETECTION },
    output: { format: { type: 'audio/pcma' }, voice: 'marin' },
  },
  tracing: 'auto',
  tools: [],
  tool_choice: 'auto',
  max_output_tokens: 'inf',
  truncation: 'disabled',
  prompt: null,
};

const message = (role: string, part: object, more: object = {}) => ({
  type: 'message',
  object: 'realtime.item',
  status: 'completed',
  role,
  content: [part],
  ...more,
});

/** Of the published fields, what is refused, and by which `param`: docs/realtime-openai.md says why. */
const REFUSED: [type: string, field: string, body: Fields, param: string][] = [
  [
    'conversation.item.create',
    'item.content.audio',
    { item: message('user', { type: 'input_audio', audio: 'AAAA' }) },
    'item.content[0]',
  ],
  [
    'conversation.item.create',
    'item.content.image_url',
    { item: message('user', { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' }) },
    'item.content[0]',
  ],
  [
    'conversation.item.create',
    'item.name',
    { item: { type: 'function_call', name: 'look', arguments: '{}', call_id: 'call_0' } },
    'item.type',
  ],
  ['response.create', 'response.input', { response: { input: [] } }, 'response.input'],
  ['response.create', 'response.conversation', { response: { conversation: 'none' } }, 'response.conversation'],
];
/** These go with a refused one. */
const WITH_REFUSED = /^(item\.(arguments|content\.detail)|response\.input\..*)$/;

/** Accepted, without effect. */
const IGNORED = [
  'model',
  'prompt',
  'truncation',
  'include',
  'tracing',
  'noise_reduction',
  'reasoning',
  'parallel_tool_calls',
  'languages',
  'keywords',
  'delay',
  'response.audio.output.format',
];

function fieldsIn(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => fieldsIn(one, at));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = at === '' ? name : `${at}.${name}`;
    return [field, ...fieldsIn(inner, field)];
  });
}

describe('the events of a client, as OpenAI publishes them', () => {
  const sent: ({ type: string } & Fields)[] = [];

  /** Sends an event that the published schema allows, with all that belongs to every event. */
  function send(client: RealtimeClient, type: string, body: Fields = {}): void {
    const event = { event_id: `mine_${sent.length}`, type, ...body };
    expect(clientEventFlaws(event)).toEqual([]);
    sent.push(event);
    client.send(type, event);
  }

  it('are taken, with all their fields', async () => {
    const client = await RealtimeClient.open(stage.url, account.token);
    const conversation = (await client.next('conversation.created')).conversation.id as string;
    send(client, 'session.update', { session: SESSION });
    expect((await client.next('session.updated')).session).toMatchObject({
      instructions: 'Be brief.',
      audio: { input: { format: FORMAT, turn_detection: { idle_timeout_ms: 30_000 } }, output: { format: FORMAT } },
      tool_choice: { type: 'function', name: 'look' },
      max_output_tokens: 500,
    });
    send(client, 'session.update', { session: OTHERWISE });
    expect((await client.next('session.updated')).session.audio).toMatchObject({
      input: { format: { type: 'audio/pcmu' }, turn_detection: DETECTION },
      output: { format: { type: 'audio/pcma' }, voice: 'marin' },
    });
    const input = { format: { type: 'audio/pcm' }, turn_detection: null };
    send(client, 'session.update', { session: { type: 'realtime', audio: { input } } });

    const sound = at24kHz(audioSaying('Take a note.')).toString('base64');
    send(client, 'input_audio_buffer.append', { audio: sound });
    send(client, 'input_audio_buffer.clear');
    await client.next('input_audio_buffer.cleared');
    send(client, 'input_audio_buffer.append', { audio: sound });
    send(client, 'input_audio_buffer.commit');
    await client.next('conversation.item.input_audio_transcription.completed');

    const first = message('user', { type: 'input_text', text: 'Hello.' }, { id: 'one' });
    send(client, 'conversation.item.create', { previous_item_id: 'root', item: first });
    const part = { type: 'input_audio', transcript: 'Are you there?' };
    send(client, 'conversation.item.create', { previous_item_id: 'one', item: message('user', part) });
    send(client, 'conversation.item.create', {
      item: message('system', { type: 'input_text', text: 'The caller likes rhymes.' }),
    });
    send(client, 'conversation.item.create', {
      item: message('assistant', { type: 'output_text', text: 'Yes.' }, { id: 'two' }),
    });
    send(client, 'conversation.item.retrieve', { item_id: 'one' });
    await client.next('conversation.item.retrieved');
    send(client, 'conversation.item.truncate', { item_id: 'two', content_index: 0, audio_end_ms: 0 });
    await client.next('conversation.item.truncated');

    stage.provider.script({ toolCalls: [{ id: 'call_1', name: 'look', arguments: '{}' }] });
    stage.provider.script({ text: Array.from({ length: 12 }, (_, at) => `All is well, ${at}.`).join(' ') });
    const response = {
      output_modalities: ['text'],
      instructions: 'Answer in rhymes.',
      audio: { output: { format: FORMAT, voice: { id: 'voice_1' } } },
      tools: [TOOL],
      tool_choice: { type: 'function', name: 'look' },
      parallel_tool_calls: false,
      reasoning: REASONING,
      max_output_tokens: 50,
      conversation,
      metadata: { topic: 'hello' },
      prompt: PROMPT,
    };
    send(client, 'response.create', { response });
    expect((await client.next('response.done')).response).toMatchObject({
      status: 'completed',
      conversation_id: conversation,
      max_output_tokens: 50,
      metadata: { topic: 'hello' },
    });
    const item = { type: 'function_call_output', call_id: 'call_1', output: 'Nothing to see.' };
    send(client, 'conversation.item.create', { item });
    send(client, 'response.create', { response: { output_modalities: ['audio'] } });
    const { response: given } = await client.next('response.created');
    await client.next('response.output_audio.delta');
    send(client, 'response.cancel', { response_id: given.id });
    await client.next('response.done');
    send(client, 'output_audio_buffer.clear');
    await client.next('output_audio_buffer.cleared');
    const forgotten = message('user', { type: 'input_text', text: 'Forget this.' }, { id: 'three' });
    send(client, 'conversation.item.create', { item: forgotten });
    send(client, 'conversation.item.delete', { item_id: 'three' });
    await client.next('conversation.item.deleted');
    expect(client.of('error')).toEqual([]);
    client.leave();
  });

  it.each(REFUSED)(
    'are refused where docs/realtime-openai.md says so: %s with %s',
    async (type, _field, body, param) => {
      expect(clientEventFlaws({ type, ...body })).toEqual([]);
      const client = await RealtimeClient.open(stage.url, account.token);
      client.send(type, { event_id: 'x', ...body });
      expect((await client.next('error')).error).toMatchObject({ param, event_id: 'x' });
      client.leave();
    },
  );

  it('are all there: no published event or field was left out above', () => {
    expect(new Set(sent.map(({ type }) => type))).toEqual(new Set(CLIENT_EVENTS));
    const missing = CLIENT_EVENTS.flatMap((type) => {
      const tried = new Set(sent.filter((event) => event.type === type).flatMap((event) => fieldsIn(event)));
      const refused = REFUSED.filter(([of]) => of === type).map(([, field]) => field);
      return [...fieldsOf(type)]
        .filter((field) => !tried.has(field) && !refused.includes(field) && !WITH_REFUSED.test(field))
        .map((field) => `${type}: ${field}`);
    });
    expect(missing).toEqual([]);
  });

  it.each([
    ['all there is', { session: SESSION, expires_after: { anchor: 'created_at', seconds: 10 } }],
    ['what is off', { session: OTHERWISE }],
    ['nothing', {}],
  ])('are not needed for a session that a secret is made for, with %s', async (_what, body) => {
    expect(secretWishFlaws(body)).toEqual([]);
    const answer = await account.call('POST', '/v1/realtime/client_secrets', body);
    expect([answer.status, secretFlaws(answer.body)]).toEqual([200, []]);
  });

  it('are written about where they have no effect', () => {
    const page = readFileSync('docs/realtime-openai.md', 'utf8');
    for (const field of IGNORED) expect(page).toContain(`\`${field}\``);
  });
});

describe('the published schemas', () => {
  const event = { event_id: 'e', type: 'rate_limits.updated', rate_limits: [{ name: 'requests', limit: 1 }] };

  it.each([
    ['a field that OpenAI does not have', { ...event, extra: 1 }],
    ['one further down', { ...event, rate_limits: [{ name: 'requests', extra: 1 }] }],
    ['a field too few', { ...event, event_id: undefined }],
    ['another word than there is', { ...event, rate_limits: [{ name: 'events' }] }],
    ['half an event of a whole number', { ...event, rate_limits: [{ remaining: 0.5 }] }],
    ['null where there is none', { ...event, rate_limits: [{ limit: null }] }],
    ['an event of another protocol', { event_id: 'e', type: 'response.audio.delta' }],
    ['a field of ours in another place', { event_id: 'e', type: 'input_audio_buffer.cleared', cozy: {} }],
  ])('refuse %s', (_what, wrong) => {
    expect(serverEventFlaws([event])).toEqual([]);
    expect(serverEventFlaws([wrong])).toHaveLength(1);
  });
});
