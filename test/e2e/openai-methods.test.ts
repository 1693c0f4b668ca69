import { type OpenAI, toFile } from 'openai';
import { beforeEach, describe, expect, it } from 'vitest';
import { audioSaying } from '../fakes/speech-script.js';
import { newAccount } from '../setup/account.js';
import { openAiClient } from '../setup/openai-client.js';
import { MODEL, responsesStage } from '../setup/responses-stage.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { wav } from '../setup/sound.js';

/** Every method of the SDK that has a route here: with what it must have, and with all that it may have. */
const stage = simulatedServer();
const own = responsesStage(stage);

beforeEach(() => stage.provider.script({ text: 'Good.' }));

const recording = () => toFile(wav(audioSaying('hello', 2000), 16_000), 'speech.wav', { type: 'audio/wav' });

const CHAT_REST = {
  audio: { format: 'wav' as const, voice: 'alloy' },
  frequency_penalty: -2,
  function_call: 'none' as const,
  functions: [{ name: 'name', description: 'description', parameters: { foo: 'bar' } }],
  logit_bias: { 50256: 0 },
  logprobs: true,
  max_completion_tokens: 0,
  max_tokens: 0,
  metadata: { foo: 'string' },
  modalities: ['text' as const],
  n: 1,
  parallel_tool_calls: true,
  prediction: { content: 'string', type: 'content' as const },
  presence_penalty: -2,
  prompt_cache_key: 'prompt-cache-key-1234',
  prompt_cache_retention: 'in_memory' as const,
  reasoning_effort: 'none' as const,
  response_format: { type: 'text' as const },
  safety_identifier: 'safety-identifier-1234',
  seed: -9_007_199_254_740_991,
  service_tier: 'auto' as const,
  stop: '\n',
  store: true,
  stream: false as const,
  stream_options: { include_obfuscation: true, include_usage: true },
  temperature: 1,
  tool_choice: 'none' as const,
  tools: [
    {
      type: 'function' as const,
      function: { name: 'name', description: 'description', parameters: { foo: 'bar' }, strict: true },
    },
  ],
  top_logprobs: 0,
  top_p: 1,
  user: 'user-1234',
  verbosity: 'low' as const,
  web_search_options: {
    search_context_size: 'low' as const,
    user_location: {
      approximate: { city: 'city', country: 'country', region: 'region', timezone: 'timezone' },
      type: 'approximate' as const,
    },
  },
};

const RESPONSE_REST = {
  background: false,
  include: ['message.output_text.logprobs' as const],
  instructions: 'instructions',
  max_output_tokens: 100,
  max_tool_calls: 1,
  metadata: { foo: 'string' },
  parallel_tool_calls: true,
  prompt_cache_key: 'prompt-cache-key-1234',
  prompt_cache_retention: 'in_memory' as const,
  reasoning: { effort: 'low' as const, summary: 'auto' as const },
  safety_identifier: 'safety-identifier-1234',
  service_tier: 'auto' as const,
  store: true,
  stream: false as const,
  temperature: 1,
  text: { format: { type: 'text' as const }, verbosity: 'low' as const },
  tool_choice: 'none' as const,
  tools: [{ type: 'function' as const, name: 'name', parameters: { foo: 'bar' }, strict: true }],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'auto' as const,
  user: 'user-1234',
};

const REST_OF_COUNT = {
  model: MODEL,
  parallel_tool_calls: true,
  reasoning: { effort: 'none' as const, summary: 'auto' as const },
  text: { format: { type: 'text' as const }, verbosity: 'low' as const },
  tool_choice: 'none' as const,
  tools: [{ type: 'function' as const, name: 'name', parameters: { foo: 'bar' }, strict: true }],
  truncation: 'auto' as const,
};

describe('chat.completions', () => {
  const developer = { content: 'string', role: 'developer' as const };

  it('create: what it must have', async () => {
    const completion = await own.client.chat.completions.create({ messages: [developer], model: MODEL });
    expect(completion.choices[0]?.message.content).toBe('Good.');
  });

  it('create: all that it may have', async () => {
    const messages = [
      { ...developer, name: 'name' },
      { role: 'user' as const, content: 'Hello' },
    ];
    const completion = await own.client.chat.completions.create({ messages, model: MODEL, ...CHAT_REST });
    expect(completion.choices[0]?.message.content).toBe('Good.');
  });
});

describe('responses', () => {
  it('create: what it must have', async () => {
    expect((await own.client.responses.create({ input: 'string' })).output_text).toBe('Good.');
  });

  it('create, retrieve, inputItems, cancel, delete: all that they may have', async () => {
    const made = await own.client.responses.create({ input: 'string', model: MODEL, ...RESPONSE_REST });
    expect(made.output_text).toBe('Good.');
    const query = { include: ['file_search_call.results' as const], include_obfuscation: true, starting_after: 0 };
    expect(await own.client.responses.retrieve(made.id, { ...query, stream: false })).toMatchObject({ id: made.id });
    const list = { include: ['file_search_call.results' as const], limit: 1, order: 'asc' as const };
    expect((await own.client.responses.inputItems.list(made.id, list)).data).toHaveLength(1);
    expect(await own.client.responses.cancel(made.id)).toMatchObject({ id: made.id });
    await own.client.responses.delete(made.id);
  });
});

describe('responses.inputTokens', () => {
  const count = async (params?: OpenAI.Responses.InputTokenCountParams) => {
    const counted = await own.client.responses.inputTokens.count(params);
    expect(counted).toEqual({ object: 'response.input_tokens', input_tokens: expect.any(Number) });
    return counted.input_tokens;
  };

  it('count: what it must have is nothing', async () => {
    expect(await count()).toBe(0);
  });

  it('count: all that it may have, of which each part counts', async () => {
    const input = 'How is the weather in Bern today?';
    const alone = await count({ input });
    // Eight tokens, and what frames a message and the answer.
    expect(alone).toBe(14);
    const instructions = 'Answer in rhymes.';
    expect(await count({ input, instructions })).toBeGreaterThan(alone);
    const all = { ...REST_OF_COUNT, input, instructions };
    expect(await count(all)).toBeGreaterThan(await count({ input, instructions }));
    const items = [{ role: 'user' as const, content: [{ type: 'input_text' as const, text: input }] }];
    expect(await count({ input: items })).toBe(alone);
  });

  it('count: what was said before counts, wherever it is, and stays as it is', async () => {
    const said = { role: 'user' as const, content: 'My name is Ada and I like the sea.' };
    const { id } = await own.client.conversations.create({ items: [said] });
    const before = (await own.client.conversations.items.list(id)).data;
    const input = [
      { role: 'developer' as const, content: 'Be brief.' },
      { role: 'user' as const, content: 'Hello.' },
    ];
    expect(await count({ conversation: id, input })).toBe(
      (await count({ input })) + (await count({ input: [said] })) - 3,
    );
    expect((await own.client.conversations.items.list(id)).data).toEqual(before);
    const { id: previous_response_id } = await own.client.responses.create({ input: [said] });
    expect(await count({ previous_response_id, input })).toBeGreaterThan(await count({ input: [said, ...input] }));
    expect(stage.provider.requests).toHaveLength(1);
  });

  it('count: what somebody else has said is not found', async () => {
    const other = openAiClient(stage.url, await newAccount(stage.url));
    const conversation = (await other.conversations.create({ items: [{ role: 'user', content: 'Secret.' }] })).id;
    const previous_response_id = (await other.responses.create({ input: 'Secret.' })).id;
    for (const place of [{ conversation }, { previous_response_id }]) {
      await expect(count({ ...place, input: 'Hello.' })).rejects.toMatchObject({ status: 404 });
    }
    const nobody = { session_id: 'nobody', input: 'Hello.' };
    expect((await own.account.call('POST', '/v1/responses/input_tokens', nobody)).status).toBe(404);
  });
});

describe('models, embeddings and audio', () => {
  it('list and retrieve', async () => {
    const { data } = await own.client.models.list();
    expect(await own.client.models.retrieve(data[0]?.id ?? '')).toEqual(data[0]);
  });

  it.each([
    ['what it must have', {}],
    ['all that it may have', { dimensions: 8, encoding_format: 'float' as const, user: 'user-1234' }],
  ])('embeddings: %s', async (_name, rest) => {
    const input = 'The quick brown fox jumped over the lazy dog';
    const { data } = await own.client.embeddings.create({ input, model: 'text-embedding-3-small', ...rest });
    expect(data[0]?.embedding.length).toBeGreaterThan(0);
  });

  it.each([
    ['what it must have', {}],
    [
      'all that it may have',
      { instructions: 'instructions', response_format: 'mp3' as const, speed: 0.25, stream_format: 'sse' as const },
    ],
  ])('speech: %s', async (_name, rest) => {
    const params = { input: `input ${Object.keys(rest).length}`, model: 'tts-1', voice: 'alloy', ...rest };
    const speech = await own.client.audio.speech.create(params);
    expect((await speech.arrayBuffer()).byteLength).toBeGreaterThan(0);
  });

  it('transcriptions: what it must have', async () => {
    const file = await recording();
    expect((await own.client.audio.transcriptions.create({ file, model: 'gpt-4o-transcribe' })).text).toBe('hello');
  });

  it('transcriptions: all that it may have', async () => {
    const transcription = await own.client.audio.transcriptions.create({
      file: await recording(),
      model: 'gpt-4o-transcribe',
      chunking_strategy: 'auto',
      include: ['logprobs'],
      known_speaker_names: ['string'],
      known_speaker_references: ['string'],
      language: 'en',
      prompt: 'prompt',
      response_format: 'json',
      stream: false,
      temperature: 0,
      timestamp_granularities: ['word'],
    });
    expect(transcription.text).toBe('hello');
  });
});
