import type { OpenAI } from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { newSession } from '../factories/conversation.js';
import { simulatedVector } from '../fakes/provider-script.js';
import { type Account, newAccount } from '../setup/account.js';
import { inSession, openAiClient } from '../setup/openai-client.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
const model = 'gpt-4o-mini';
const messages = [{ role: 'user' as const, content: 'Hello' }];
let account: Account;
let client: OpenAI;

beforeAll(async () => {
  account = await newAccount(stage.url);
  client = openAiClient(stage.url, account);
});

/** What the provider was asked, in OpenAI's own words. */
const asked = (index = 0) => stage.provider.requests[index]?.body as Record<string, unknown>;
const heard = (index = 0) => asked(index)['messages'] as { role: string; content: unknown }[];

const picture = {
  type: 'image_url' as const,
  image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' as const },
};
const describeIt = { type: 'text' as const, text: 'What is this?' };

describe('what reaches the provider', () => {
  it('is every option of the request, in its own shape', async () => {
    const options = {
      temperature: 0.3,
      top_p: 0.7,
      stop: ['END', '\n\n'],
      seed: 42,
      frequency_penalty: 0.5,
      presence_penalty: -0.5,
      logit_bias: { '50256': -100 },
    };
    await client.chat.completions.create({ model, messages, ...options });
    expect(asked()).toMatchObject({ model, ...options });
  });

  it.each(['max_completion_tokens', 'max_tokens'])(
    'is the limit of tokens, by its new and its old name (%s), and the answer says where it was cut',
    async (name) => {
      stage.provider.script({ text: 'one two three four' });
      const completion = await client.chat.completions.create({ model, messages, [name]: 2 });
      expect(asked()['max_tokens']).toBe(2);
      expect(completion.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'one two' } });
    },
  );

  it.each([
    ['max_tokens', { max_tokens: 0 }, 800],
    ['max_completion_tokens', { max_completion_tokens: 0 }, 800],
    ['the new name alone', { max_completion_tokens: 0, max_tokens: 2 }, 2],
  ])('is no limit where it is 0, as clients send it that want none (%s)', async (_name, limit, told) => {
    await client.chat.completions.create({ model: 'cozy/concise', messages, ...limit });
    expect(asked()['max_tokens']).toBe(told);
  });

  it('is the schema of the JSON wanted, which parses', async () => {
    stage.provider.script({ text: ['{"city":', '"Oslo"}'] });
    const schema = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false };
    const response_format = { type: 'json_schema' as const, json_schema: { name: 'place', strict: true, schema } };
    const completion = await client.chat.completions.parse({ model, messages, response_format });
    expect(asked()).toMatchObject({ response_format });
    expect(completion.choices[0]?.message.parsed).toEqual({ city: 'Oslo' });
  });

  it('is one stop sequence as one', async () => {
    await client.chat.completions.create({ model, messages, stop: 'END' });
    expect(asked()['stop']).toBe('END');
  });

  it('is the personality’s own setting where the request has none', async () => {
    await client.chat.completions.create({ model: 'cozy/concise', messages });
    expect(asked()).toMatchObject({ temperature: 0.2, max_tokens: 800 });
    await client.chat.completions.create({ model: 'cozy/concise', messages, temperature: 0 });
    expect(asked(1)).toMatchObject({ temperature: 0, max_tokens: 800 });
  });

  it('is none of the engine’s own fields and nothing that neither caller nor personality asked for', async () => {
    const own = { personality_id: 'companion', use_memory: true, some_field_of_2031: { a: 1 }, cozy: {} };
    await client.chat.completions.create({ model, messages, ...own });
    const allowed = ['max_tokens', 'messages', 'model', 'stream', 'stream_options', 'temperature', 'tools'];
    expect(Object.keys(asked()).toSorted()).toEqual(allowed);
  });

  it('is the caller’s functions with their choice', async () => {
    const tools: OpenAI.ChatCompletionTool[] = [
      {
        type: 'function',
        function: {
          name: 'book_table',
          description: 'Books a table.',
          strict: true,
          parameters: { type: 'object', properties: { people: { type: 'integer' } }, required: ['people'] },
        },
      },
    ];
    const choice = { type: 'function' as const, function: { name: 'book_table' } };
    const request = { model, messages, tools, tool_choice: choice, parallel_tool_calls: false };
    await client.chat.completions.create(request);
    expect(asked()).toMatchObject({ tools, tool_choice: choice, parallel_tool_calls: false });
  });

  it.each([false, true])('is a picture as it came (stored in a session: %s)', async (stored) => {
    const fields = stored ? inSession(await newSession(account)) : {};
    const content = [describeIt, picture];
    await client.chat.completions.create({ model, messages: [{ role: 'user', content }], ...fields });
    expect(heard().at(-1)).toEqual({ role: 'user', content });
  });

  it('is a picture of an earlier turn of the session, in later turns', async () => {
    const fields = inSession(await newSession(account));
    await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: [describeIt, picture] }],
      ...fields,
    });
    await client.chat.completions.create({ model, messages, ...fields });
    expect(heard(1).find(({ content }) => Array.isArray(content))?.content).toEqual([describeIt, picture]);
  });
});

describe('who speaks first', () => {
  it('is the personality; the caller’s system messages follow it, whatever their place', async () => {
    await client.chat.completions.create({
      model: 'cozy/concise',
      messages: [
        { role: 'system', content: 'Speak like a pirate.' },
        { role: 'user', content: 'Hello' },
        { role: 'developer', content: 'Never mention parrots.' },
      ],
    });
    const [own, ...others] = heard();
    expect(own).toMatchObject({ role: 'system', content: expect.stringContaining('You are Brief.') });
    expect(others.slice(0, 2).map(({ content }) => content)).toEqual([
      'Speak like a pirate.',
      'Never mention parrots.',
    ]);
    expect(others.at(-1)).toEqual({ role: 'user', content: 'Hello' });
  });

  it('is not stored: a system message counts for its own turn only', async () => {
    const fields = inSession(await newSession(account));
    await client.chat.completions.create({
      model,
      messages: [{ role: 'system', content: 'Speak like a pirate.' }, ...messages],
      ...fields,
    });
    await client.chat.completions.create({ model, messages, ...fields });
    expect(JSON.stringify(heard(0))).toContain('pirate');
    expect(JSON.stringify(heard(1))).not.toContain('pirate');
  });

  it.each([
    ['its model name', { model: 'cozy/health_assistant' }],
    ['the field of the engine', { model, cozy: { personality_id: 'health_assistant' } }],
    ['the field of the web app', { model, personality_id: 'health_assistant' }],
  ])('is the personality chosen by %s', async (_name, fields) => {
    await client.chat.completions.create({ messages, ...fields });
    expect(heard()[0]?.content).toContain('You are Mira.');
    expect(asked()['model']).toBe(model);
  });

  it('is the session’s own personality where the turn names none', async () => {
    const sessionId = await newSession(account, { title: 'x', personality_id: 'health_assistant' });
    await client.chat.completions.create({ model, messages, ...inSession(sessionId) });
    expect(heard()[0]?.content).toContain('You are Mira.');
  });
});

const close = (vector: number[], other: number[]) =>
  vector.length === other.length && vector.every((value, at) => Math.abs(value - (other[at] ?? 9)) < 1e-6);

const decoded = (text: string) => {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
};

describe('embeddings', () => {
  const input = ['alpha', 'beta', 'gamma'];
  it.each([undefined, 'float', 'base64'] as const)(
    'are the provider’s, in the order of the input (%s)',
    async (format) => {
      const answer = await client.embeddings.create({
        model: 'text-embedding-3-small',
        input,
        ...(format && { encoding_format: format }),
      });
      expect(answer).toMatchObject({ object: 'list', model: 'text-embedding-3-small', usage: { prompt_tokens: 3 } });
      expect(answer.data.map(({ index }) => index)).toEqual([0, 1, 2]);
      const vectors = answer.data.map(({ embedding }) => embedding as unknown);
      const floats = vectors.map((vector) => (typeof vector === 'string' ? decoded(vector) : (vector as number[])));
      expect(floats.map((vector, at) => close(vector, simulatedVector(input[at], 8)))).toEqual([true, true, true]);
    },
  );

  it('have as many dimensions as asked', async () => {
    const answer = await client.embeddings.create({ model: 'text-embedding-3-small', input: 'one', dimensions: 5 });
    expect(answer.data[0]?.embedding).toHaveLength(5);
    expect(asked()).toMatchObject({ input: ['one'], dimensions: 5 });
  });

  it('are made of token ids as well', async () => {
    await client.embeddings.create({ model: 'text-embedding-3-small', input: [[1, 2], [3]] });
    expect(asked()['input']).toEqual([[1, 2], [3]]);
  });

  it('are refused for nothing, with the field’s name', async () => {
    for (const nothing of ['', [], ['']] as (string | string[])[]) {
      const answer = client.embeddings.create({ model: 'text-embedding-3-small', input: nothing });
      await expect(answer).rejects.toMatchObject({ status: 400, code: 'VALIDATION_FAILED', param: 'input' });
    }
    expect(stage.provider.requests).toEqual([]);
  });
});
