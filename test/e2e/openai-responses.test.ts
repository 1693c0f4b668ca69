import { NotFoundError, type OpenAI } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectRefusal } from '../setup/refusal.js';
import { MODEL, responsesStage, sessionOf, WEATHER } from '../setup/responses-stage.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
const own = responsesStage(stage);
const { answer, heard, sent } = own;
const model = MODEL;

async function eventsOf(params: Partial<OpenAI.Responses.ResponseCreateParamsStreaming>) {
  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  for await (const event of await own.client.responses.create({ model, ...params, stream: true })) events.push(event);
  return events;
}

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

  it('has no limit where 0 tokens are asked for', async () => {
    const response = await answer('one two three', { input: 'Count', max_output_tokens: 0 });
    expect(response).toMatchObject({ status: 'completed', max_output_tokens: null, output_text: 'one two three' });
  });

  it('is parsed by the SDK where a schema was asked for', async () => {
    stage.provider.script({ text: '{"city":"Oslo","snow":true}' });
    const format = zodTextFormat(z.object({ city: z.string(), snow: z.boolean() }), 'weather');
    const response = await own.client.responses.parse({ model, input: 'Weather?', text: { format } });
    expect(response.output_parsed).toEqual({ city: 'Oslo', snow: true });
    expect(stage.provider.requests[0]?.body['response_format']).toMatchObject({
      type: 'json_schema',
      json_schema: { name: 'weather', strict: true, schema: { type: 'object' } },
    });
  });

  it('is given again, with the events of its making and the items of its input', async () => {
    const made = await answer('Kept.', { input: [{ role: 'user', content: 'Keep this' }] });
    const { output_text: _, ...body } = made;
    expect(await own.client.responses.retrieve(made.id)).toMatchObject(body);
    expect(await own.client.responses.cancel(made.id)).toMatchObject(body);
    const again = await own.client.responses.stream({ response_id: made.id }).finalResponse();
    expect(again).toMatchObject({ id: made.id, output_text: 'Kept.', status: 'completed' });
    const items = [];
    for await (const item of own.client.responses.inputItems.list(made.id)) items.push(item);
    expect(items).toMatchObject([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Keep this' }] },
    ]);
  });

  it('is gone with its words when it is deleted', async () => {
    const made = await answer('Soon gone.', { input: 'Hello' });
    const sessionId = sessionOf(made);
    await own.client.responses.delete(made.id);
    await expect(own.client.responses.retrieve(made.id)).rejects.toBeInstanceOf(NotFoundError);
    expect(await own.account.call('GET', `/v1/sessions/${sessionId}`)).toMatchObject({ status: 404 });
  });

  it('is not kept where that is not wanted', async () => {
    const made = await answer('Forgotten.', { input: 'Hello', store: false });
    expect(made).toMatchObject({ store: false, cozy: { session_id: null } });
    await expect(own.client.responses.retrieve(made.id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('is made once for one Idempotency-Key', async () => {
    stage.provider.script({ text: 'Once.' });
    const options = { headers: { 'Idempotency-Key': crypto.randomUUID() } };
    const first = await own.client.responses.create({ model, input: 'Hello' }, options);
    expect(await own.client.responses.create({ model, input: 'Hello' }, options)).toMatchObject({ id: first.id });
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
    const response = await own.client.responses.stream({ model, input: 'Count' }).finalResponse();
    expect(response).toMatchObject({ status: 'completed', output_text: 'one two three', usage: { total_tokens: 15 } });
    expect(await own.client.responses.retrieve(response.id)).toMatchObject({ output_text: 'one two three' });
  });

  it('tells a call piece by piece, after what was said beside it', async () => {
    stage.provider.script({
      text: 'Let me look.',
      toolCalls: [
        { id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' },
        { id: 'call_b', name: 'weather', arguments: '{"city":"Rome"}' },
      ],
    });
    const events = await eventsOf({ input: 'Weather?', tools: [WEATHER] });
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

  it('is told to its end again, however much of it was told before', async () => {
    stage.provider.script({ text: 'one two three four five six' });
    const events = await eventsOf({ input: 'Count' });
    const { response } = events.at(-1) as OpenAI.Responses.ResponseCompletedEvent;
    for (const after of [-1, 5, 8, 9, events.length - 2]) {
      const again = await own.client.responses.retrieve(response.id, { stream: true, starting_after: after });
      const told = [];
      for await (const event of again) told.push(event);
      expect(told[0]?.sequence_number).toBe(after + 1);
      expect(told.at(-1)).toMatchObject({ type: 'response.completed', response: { id: response.id } });
    }
  });

  it('ends as failed where the provider breaks off, and is kept so', async () => {
    stage.provider.script({ text: 'one two three four', fault: { kind: 'cut-mid-stream' } });
    const events = await eventsOf({ input: 'Count' });
    const last = events.at(-1) as OpenAI.Responses.ResponseFailedEvent;
    expect(last).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'server_error', message: expect.any(String) }, cozy: { error: {} } },
    });
    expect(await own.client.responses.retrieve(last.response.id)).toMatchObject({ status: 'failed' });
  });

  it('is an HTTP error where nothing has been said yet', async () => {
    stage.provider.failOnce({ kind: 'status', status: 400 });
    await expect(eventsOf({ input: 'Hello' })).rejects.toMatchObject({ status: 400 });
  });
});

describe('a request that is not valid', () => {
  it.each<[string, object, string]>([
    ['nothing at all', {}, 'input'],
    ['an item without a kind', { input: [{ type: 'wizard' }] }, 'input[0].type'],
    ['a role that there is not', { input: [{ role: 'wizard', content: 'x' }] }, 'input[0].role'],
    ['a result without its call', { input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
    ['a result of no call', { input: [{ type: 'function_call_output', call_id: 'c', output: 'x' }] }, 'messages'],
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
    const refused = await own.account.call('POST', '/v1/responses', body);
    expectRefusal(refused, 400, 'VALIDATION_FAILED', param);
    expect(stage.provider.requests).toEqual([]);
  });
});
