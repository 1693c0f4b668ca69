import { NotFoundError, type OpenAI } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conversationFor } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { inSession, openAiClient } from '../setup/openai-client.js';
import { expectRefusal } from '../setup/refusal.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
const model = 'gpt-4o-mini';
const weather: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'weather',
  description: null,
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
};
let account: Account;
let client: OpenAI;

beforeAll(async () => {
  account = await newAccount(stage.url);
  client = openAiClient(stage.url, account);
});

/** Everything that the model was told, as text. */
const sent = (index: number) => JSON.stringify(stage.provider.requests[index]?.body['messages']);
const heard = (index: number) => conversationFor(stage.provider.requests[index]);
const asked = (content: string) => ({ role: 'user', content });
const said = (content: string) => ({ role: 'assistant', content });

async function eventsOf(params: Partial<OpenAI.Responses.ResponseCreateParamsStreaming>) {
  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  for await (const event of await client.responses.create({ model, ...params, stream: true })) events.push(event);
  return events;
}

const answer = async (text: string, params: OpenAI.Responses.ResponseCreateParamsNonStreaming) => {
  stage.provider.script({ text });
  return client.responses.create({ model, ...params });
};

describe('a response', () => {
  it('is the model’s text, in the shape the SDK knows', async () => {
    const response = await answer('Good evening, Ada.', {
      input: 'Good evening',
      instructions: 'Be short.',
      metadata: { order: '7' },
      temperature: 0.5,
    });
    expect(response).toMatchObject({
      id: expect.stringMatching(/^resp_[0-9a-f]{32}$/),
      object: 'response',
      status: 'completed',
      model,
      output_text: 'Good evening, Ada.',
      instructions: 'Be short.',
      metadata: { order: '7' },
      temperature: 0.5,
      error: null,
      incomplete_details: null,
      tools: [],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      previous_response_id: null,
      output: [{ type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text' }] }],
      usage: { input_tokens: 12, output_tokens: 3, total_tokens: 15, input_tokens_details: { cached_tokens: 0 } },
      cozy: { session_id: expect.any(String), personality_id: 'companion', engines: expect.any(Object) },
    });
    expect(stage.provider.requests[0]?.body).toMatchObject({ temperature: 0.5 });
    expect(sent(0)).toContain('Be short.');
  });

  it('reads pictures and files beside text', async () => {
    const image = 'data:image/png;base64,iVBORw0KGgo=';
    await answer('A dot.', {
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            { type: 'input_image', image_url: image, detail: 'low' },
            { type: 'input_file', file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' },
          ],
        },
      ],
    });
    expect(heard(0).at(-1)?.content).toEqual([
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: image, detail: 'low' } },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' } },
    ]);
  });

  it('is incomplete where its tokens ran out', async () => {
    const response = await answer('one two three', { input: 'Count', max_output_tokens: 1 });
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output_text: 'one',
    });
  });

  it('is parsed by the SDK where a schema was asked for', async () => {
    stage.provider.script({ text: '{"city":"Oslo","snow":true}' });
    const format = zodTextFormat(z.object({ city: z.string(), snow: z.boolean() }), 'weather');
    const response = await client.responses.parse({ model, input: 'Weather?', text: { format } });
    expect(response.output_parsed).toEqual({ city: 'Oslo', snow: true });
    expect(stage.provider.requests[0]?.body['response_format']).toMatchObject({
      type: 'json_schema',
      json_schema: { name: 'weather', strict: true, schema: { type: 'object' } },
    });
  });

  it('is given again, with the events of its making and the items of its input', async () => {
    const made = await answer('Kept.', { input: [{ role: 'user', content: 'Keep this' }] });
    const { output_text: _, ...body } = made;
    expect(await client.responses.retrieve(made.id)).toMatchObject(body);
    expect(await client.responses.cancel(made.id)).toMatchObject(body);
    const again = await client.responses.stream({ response_id: made.id }).finalResponse();
    expect(again).toMatchObject({ id: made.id, output_text: 'Kept.', status: 'completed' });
    const items = [];
    for await (const item of client.responses.inputItems.list(made.id)) items.push(item);
    expect(items).toMatchObject([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Keep this' }] },
    ]);
  });

  it('is gone with its words when it is deleted', async () => {
    const made = await answer('Soon gone.', { input: 'Hello' });
    const { session_id: sessionId } = (made as unknown as { cozy: { session_id: string } }).cozy;
    await client.responses.delete(made.id);
    await expect(client.responses.retrieve(made.id)).rejects.toBeInstanceOf(NotFoundError);
    expect(await account.call('GET', `/v1/sessions/${sessionId}`)).toMatchObject({ status: 404 });
  });

  it('is not kept where that is not wanted', async () => {
    const made = await answer('Forgotten.', { input: 'Hello', store: false });
    expect(made).toMatchObject({ store: false, cozy: { session_id: null } });
    await expect(client.responses.retrieve(made.id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('is made once for one Idempotency-Key', async () => {
    stage.provider.script({ text: 'Once.' });
    const options = { headers: { 'Idempotency-Key': crypto.randomUUID() } };
    const first = await client.responses.create({ model, input: 'Hello' }, options);
    expect(await client.responses.create({ model, input: 'Hello' }, options)).toMatchObject({ id: first.id });
    expect(stage.provider.requests).toHaveLength(1);
  });
});

describe('a streamed response', () => {
  it('is told in OpenAI’s events, in their order, numbered without gaps', async () => {
    stage.provider.script({ text: ['Good ', 'evening.'] });
    const events = await eventsOf({ input: 'Hello' });
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(events[2]).toMatchObject({ output_index: 0, item: { status: 'in_progress', content: [] } });
    expect(events[6]).toMatchObject({ text: 'Good evening.', content_index: 0 });
  });

  it('is put together by the SDK’s helper', async () => {
    stage.provider.script({ text: 'one two three' });
    const response = await client.responses.stream({ model, input: 'Count' }).finalResponse();
    expect(response).toMatchObject({ status: 'completed', output_text: 'one two three', usage: { total_tokens: 15 } });
    expect(await client.responses.retrieve(response.id)).toMatchObject({ output_text: 'one two three' });
  });

  it('tells a call piece by piece, after what was said beside it', async () => {
    stage.provider.script({
      text: 'Let me look.',
      toolCalls: [
        { id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' },
        { id: 'call_b', name: 'weather', arguments: '{"city":"Rome"}' },
      ],
    });
    const events = await eventsOf({ input: 'Weather?', tools: [weather] });
    const kinds = events.map(({ type }) => type.replace('response.', ''));
    const whole = kinds.filter((kind, at) => kind !== kinds[at - 1]).slice(6);
    const call = ['output_item.added', 'function_call_arguments.delta', 'function_call_arguments.done'];
    expect(whole).toEqual([
      'content_part.done',
      'output_item.done',
      ...call,
      'output_item.done',
      ...call,
      'output_item.done',
      'completed',
    ]);
    expect(events.at(-1)).toMatchObject({
      response: {
        status: 'completed',
        output: [
          { type: 'message' },
          { type: 'function_call', call_id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' },
          { type: 'function_call', call_id: 'call_b', status: 'completed' },
        ],
      },
    });
  });

  it('ends as failed where the provider breaks off, and is kept so', async () => {
    stage.provider.script({ text: 'one two three four', fault: { kind: 'cut-mid-stream' } });
    const events = await eventsOf({ input: 'Count' });
    const last = events.at(-1) as OpenAI.Responses.ResponseFailedEvent;
    expect(last).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'server_error', message: expect.any(String) }, cozy: { error: {} } },
    });
    expect(await client.responses.retrieve(last.response.id)).toMatchObject({ status: 'failed' });
  });

  it('is an HTTP error where nothing has been said yet', async () => {
    stage.provider.failOnce({ kind: 'status', status: 400 });
    await expect(eventsOf({ input: 'Hello' })).rejects.toMatchObject({ status: 400 });
  });
});

describe('going on from a response', () => {
  it('has the exact history up to it, in one session', async () => {
    const first = await answer('Noted.', { input: 'My cat is Mia.' });
    const second = await answer('Mia.', { input: 'What is her name?', previous_response_id: first.id });
    expect(second.previous_response_id).toBe(first.id);
    expect(heard(1)).toMatchObject([asked('My cat is Mia.'), said('Noted.'), asked('What is her name?')]);
    const place = (made: object) => (made as { cozy: { session_id: string } }).cozy.session_id;
    expect(place(second)).toBe(place(first));
  });

  it('goes on twice from the same place, each time without what the other said', async () => {
    const first = await answer('A1', { input: 'Q1' });
    const second = await answer('A2', { input: 'Q2', previous_response_id: first.id });
    const other = await answer('B2', { input: 'R2', previous_response_id: first.id });
    expect(heard(2)).toMatchObject([asked('Q1'), said('A1'), asked('R2')]);
    await answer('B3', { input: 'R3', previous_response_id: other.id });
    expect(heard(3)).toMatchObject([asked('Q1'), said('A1'), asked('R2'), said('B2'), asked('R3')]);
    await answer('A3', { input: 'Q3', previous_response_id: second.id });
    expect(heard(4)).toMatchObject([asked('Q1'), said('A1'), asked('Q2'), said('A2'), asked('Q3')]);
  });

  it('goes on twice at once, and neither hears the other', async () => {
    const first = await answer('A1', { input: 'Q1' });
    const again = (input: string) => client.responses.create({ model, input, previous_response_id: first.id });
    const both = await Promise.all(['left', 'right'].map(again));
    expect(
      new Set(both.map((made) => (made as unknown as { cozy: { session_id: string } }).cozy.session_id)).size,
    ).toBe(2);
    for (const index of [1, 2]) expect(heard(index)).toHaveLength(3);
  });

  it('reads the history without keeping the answer', async () => {
    const first = await answer('A1', { input: 'Q1' });
    await answer('A2', { input: 'Q2', previous_response_id: first.id, store: false });
    expect(heard(1)).toMatchObject([asked('Q1'), said('A1'), asked('Q2')]);
    await answer('A3', { input: 'Q3', previous_response_id: first.id });
    expect(heard(2)).toMatchObject([asked('Q1'), said('A1'), asked('Q3')]);
  });

  it('keeps the input’s system messages, and not the instructions', async () => {
    const first = await answer('A1', {
      instructions: 'ONLY-ONCE',
      input: [
        { role: 'developer', content: 'ALWAYS' },
        { role: 'user', content: 'Q1' },
      ],
    });
    await answer('A2', { input: 'Q2', previous_response_id: first.id });
    const told = sent(1);
    expect(told).toContain('ALWAYS');
    expect(told).not.toContain('ONLY-ONCE');
  });

  it('takes results of the caller’s own functions', async () => {
    stage.provider.script({ toolCalls: [{ id: 'call_oslo', name: 'weather', arguments: '{}' }] });
    const first = await client.responses.create({ model, input: 'Weather?', tools: [weather] });
    const output = { type: 'function_call_output' as const, call_id: 'call_oslo', output: 'snow' };
    const second = await answer('Snow.', { input: [output], previous_response_id: first.id, tools: [weather] });
    expect(second.output_text).toBe('Snow.');
    expect(heard(1)).toMatchObject([
      asked('Weather?'),
      { role: 'assistant', tool_calls: [{ id: 'call_oslo' }] },
      { role: 'tool', tool_call_id: 'call_oslo', content: 'snow' },
    ]);
  });

  it('is the same where the caller resends everything, by value or by reference', async () => {
    stage.provider.script({ text: 'Look.', toolCalls: [{ id: 'call_oslo', name: 'weather', arguments: '{}' }] });
    const first = await client.responses.create({ model, input: 'Weather?', tools: [weather] });
    const output = { type: 'function_call_output' as const, call_id: 'call_oslo', output: 'snow' };
    const question = { role: 'user' as const, content: 'Weather?' };
    await answer('Snow.', {
      input: [question, ...(first.output as OpenAI.Responses.ResponseInputItem[]), output],
      tools: [weather],
    });
    const references = first.output.map(({ id }) => ({ type: 'item_reference' as const, id: id ?? '' }));
    await answer('Snow.', { input: [question, ...references, output], tools: [weather] });
    const whole = [
      question,
      { role: 'assistant', content: 'Look.', tool_calls: [{ id: 'call_oslo' }] },
      { role: 'tool', content: 'snow' },
    ];
    expect(heard(1)).toMatchObject(whole);
    expect(heard(2)).toMatchObject(whole);
  });

  it('is nobody else’s', async () => {
    const first = await answer('Secret.', { input: 'Mine' });
    const stranger = openAiClient(stage.url, await newAccount(stage.url));
    const id = first.id;
    const tries = [
      () => stranger.responses.retrieve(id),
      () => stranger.responses.delete(id),
      () => stranger.responses.cancel(id),
      () => stranger.responses.inputItems.list(id),
      () => stranger.responses.create({ model, input: 'x', previous_response_id: id }),
      () => stranger.responses.create({ model, input: 'x', previous_response_id: 'resp_nonsense' }),
    ];
    for (const attempt of tries) await expect(attempt()).rejects.toBeInstanceOf(NotFoundError);
    expect(stage.provider.requests).toHaveLength(1);
    expect(await client.responses.retrieve(id)).toMatchObject({ output_text: 'Secret.' });
  });
});

describe('a conversation', () => {
  it('is made, changed, gone on in and deleted', async () => {
    const made = await client.conversations.create({
      metadata: { topic: 'cats' },
      items: [{ type: 'message', role: 'user', content: 'My cat is Mia.' }],
    });
    expect(made).toMatchObject({
      object: 'conversation',
      metadata: { topic: 'cats' },
      id: expect.stringMatching(/^conv_/),
    });
    const first = await answer('Mia.', { input: 'Her name?', conversation: made.id });
    expect(first).toMatchObject({ conversation: { id: made.id } });
    expect(heard(0)).toMatchObject([asked('My cat is Mia.'), asked('Her name?')]);
    await answer('Yes.', { input: 'Sure?', conversation: { id: made.id } });
    expect(heard(1).map(({ content }) => content)).toEqual(['My cat is Mia.', 'Her name?', 'Mia.', 'Sure?']);

    const listed = [];
    for await (const item of client.conversations.items.list(made.id, { order: 'asc', limit: 2 })) listed.push(item);
    expect(listed.map((item) => 'content' in item && JSON.stringify(item.content))).toEqual(
      ['My cat is Mia.', 'Her name?', 'Mia.', 'Sure?', 'Yes.'].map((text) => expect.stringContaining(text)),
    );
    const [item] = listed;
    const key = { conversation_id: made.id };
    expect(await client.conversations.items.retrieve(item?.id ?? '', key)).toEqual(item);
    expect(await client.conversations.items.delete(item?.id ?? '', key)).toMatchObject({ id: made.id });
    await expect(client.conversations.items.retrieve(item?.id ?? '', key)).rejects.toBeInstanceOf(NotFoundError);

    expect(await client.conversations.update(made.id, { metadata: { topic: 'dogs' } })).toMatchObject({
      metadata: { topic: 'dogs' },
    });
    expect(await client.conversations.delete(made.id)).toEqual({
      id: made.id,
      object: 'conversation.deleted',
      deleted: true,
    });
    await expect(client.conversations.retrieve(made.id)).rejects.toBeInstanceOf(NotFoundError);
    await expect(client.responses.retrieve(first.id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('takes items without asking anybody, and is answered later', async () => {
    const { id } = await client.conversations.create();
    const added = await client.conversations.items.create(id, {
      items: [
        { role: 'developer', content: 'Answer in one word.' },
        { role: 'user', content: 'Say hello.' },
      ],
    });
    expect(added).toMatchObject({ object: 'list', has_more: false, data: [{ role: 'developer' }, { role: 'user' }] });
    expect((await answer('Hello.', { conversation: id })).output_text).toBe('Hello.');
    expect(heard(0)).toMatchObject([asked('Say hello.')]);
    expect(sent(0)).toContain('Answer in one word.');
  });

  it('is nobody else’s', async () => {
    const { id } = await client.conversations.create();
    const stranger = openAiClient(stage.url, await newAccount(stage.url));
    const tries = [
      () => stranger.conversations.retrieve(id),
      () => stranger.conversations.update(id, { metadata: {} }),
      () => stranger.conversations.items.list(id),
      () => stranger.conversations.items.create(id, { items: [{ role: 'user', content: 'x' }] }),
      () => stranger.responses.create({ model, input: 'x', conversation: id }),
      () => stranger.conversations.delete(id),
    ];
    for (const attempt of tries) await expect(attempt()).rejects.toBeInstanceOf(NotFoundError);
    expect(await client.conversations.retrieve(id)).toMatchObject({ id });
  });
});

describe('the engine’s own fields', () => {
  it('choose the personality and the session', async () => {
    const { body } = await account.call('POST', '/v1/sessions', { personality_id: 'concise' });
    const params = { input: 'Hello', ...inSession(body.session_id as string) };
    expect(await answer('Hi.', params)).toMatchObject({
      cozy: { session_id: body.session_id, personality_id: 'concise', executed_tools: [] },
    });
  });

  it('leave tools that only OpenAI has out, and say so', async () => {
    const params = { input: 'Hello', tools: [{ type: 'web_search' as const }, weather] };
    expect(await answer('Hi.', params)).toMatchObject({ cozy: { ignored_tools: ['web_search'] }, tools: [weather] });
  });
});

describe('a request that is not valid', () => {
  it.each<[string, object, string]>([
    ['nothing at all', {}, 'input'],
    ['an item without a kind', { input: [{ type: 'wizard' }] }, 'input[0].type'],
    ['a role that there is not', { input: [{ role: 'wizard', content: 'x' }] }, 'input[0].role'],
    ['a result without its call', { input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
    ['a reference to nothing', { input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0].id'],
    ['too hot a temperature', { input: 'x', temperature: 3 }, 'temperature'],
    ['metadata that is no text', { input: 'x', metadata: { a: 1 } }, 'metadata'],
    ['a format that there is not', { input: 'x', text: { format: { type: 'xml' } } }, 'response_format.type'],
    [
      'two places to go on from',
      { input: 'x', previous_response_id: `resp_${'0'.repeat(32)}`, conversation: `conv_${'0'.repeat(32)}` },
      'previous_response_id',
    ],
    ['a tool that is forced and not there', { input: 'x', tool_choice: { type: 'web_search' } }, 'tool_choice.type'],
  ])('is refused by the field for %s', async (_name, body, param) => {
    const refused = await account.call('POST', '/v1/responses', body);
    expectRefusal(refused, 400, 'VALIDATION_FAILED', param);
    expect(stage.provider.requests).toEqual([]);
  });
});
