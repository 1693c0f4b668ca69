import { NotFoundError, type OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { newAccount } from '../setup/account.js';
import { inSession, openAiClient } from '../setup/openai-client.js';
import { MODEL, responsesStage, sessionOf, WEATHER } from '../setup/responses-stage.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
const own = responsesStage(stage);
const { answer, heard, sent } = own;
const model = MODEL;

const asked = (content: string) => ({ role: 'user', content });
const said = (content: string) => ({ role: 'assistant', content });

describe('going on from a response', () => {
  it('has the exact history up to it, in one session', async () => {
    const first = await answer('Noted.', { input: 'My cat is Mia.' });
    const second = await answer('Mia.', { input: 'What is her name?', previous_response_id: first.id });
    expect(second.previous_response_id).toBe(first.id);
    expect(heard(1)).toMatchObject([asked('My cat is Mia.'), said('Noted.'), asked('What is her name?')]);
    expect(sessionOf(second)).toBe(sessionOf(first));
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
    const again = (input: string) => own.client.responses.create({ model, input, previous_response_id: first.id });
    const both = await Promise.all(['left', 'right'].map(again));
    expect(new Set(both.map(sessionOf)).size).toBe(2);
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
    const first = await own.client.responses.create({ model, input: 'Weather?', tools: [WEATHER] });
    const output = { type: 'function_call_output' as const, call_id: 'call_oslo', output: 'snow' };
    const second = await answer('Snow.', { input: [output], previous_response_id: first.id, tools: [WEATHER] });
    expect(second.output_text).toBe('Snow.');
    expect(heard(1)).toMatchObject([
      asked('Weather?'),
      { role: 'assistant', tool_calls: [{ id: 'call_oslo' }] },
      { role: 'tool', tool_call_id: 'call_oslo', content: 'snow' },
    ]);
  });

  it('is the same where the caller resends everything, by value or by reference', async () => {
    stage.provider.script({ text: 'Look.', toolCalls: [{ id: 'call_oslo', name: 'weather', arguments: '{}' }] });
    const first = await own.client.responses.create({ model, input: 'Weather?', tools: [WEATHER] });
    const output = { type: 'function_call_output' as const, call_id: 'call_oslo', output: 'snow' };
    const question = { role: 'user' as const, content: 'Weather?' };
    await answer('Snow.', {
      input: [question, ...(first.output as OpenAI.Responses.ResponseInputItem[]), output],
      tools: [WEATHER],
    });
    const references = first.output.map(({ id }) => ({ type: 'item_reference' as const, id: id ?? '' }));
    await answer('Snow.', { input: [question, ...references, output], tools: [WEATHER] });
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
    expect(await own.client.responses.retrieve(id)).toMatchObject({ output_text: 'Secret.' });
  });
});

describe('a conversation', () => {
  it('is made, changed, gone on in and deleted', async () => {
    const made = await own.client.conversations.create({
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
    for await (const item of own.client.conversations.items.list(made.id, { order: 'asc', limit: 2 }))
      listed.push(item);
    expect(listed.map((item) => 'content' in item && JSON.stringify(item.content))).toEqual(
      ['My cat is Mia.', 'Her name?', 'Mia.', 'Sure?', 'Yes.'].map((text) => expect.stringContaining(text)),
    );
    const [item] = listed;
    const key = { conversation_id: made.id };
    expect(await own.client.conversations.items.retrieve(item?.id ?? '', key)).toEqual(item);
    expect(await own.client.conversations.items.delete(item?.id ?? '', key)).toMatchObject({ id: made.id });
    await expect(own.client.conversations.items.retrieve(item?.id ?? '', key)).rejects.toBeInstanceOf(NotFoundError);

    expect(await own.client.conversations.update(made.id, { metadata: { topic: 'dogs' } })).toMatchObject({
      metadata: { topic: 'dogs' },
    });
    expect(await own.client.conversations.delete(made.id)).toEqual({
      id: made.id,
      object: 'conversation.deleted',
      deleted: true,
    });
    await expect(own.client.conversations.retrieve(made.id)).rejects.toBeInstanceOf(NotFoundError);
    await expect(own.client.responses.retrieve(first.id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('takes items without asking anybody, and is answered later', async () => {
    const { id } = await own.client.conversations.create();
    const added = await own.client.conversations.items.create(id, {
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
    const { id } = await own.client.conversations.create();
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
    expect(await own.client.conversations.retrieve(id)).toMatchObject({ id });
  });
});

describe('the engine’s own fields', () => {
  it('choose the personality and the session', async () => {
    const { body } = await own.account.call('POST', '/v1/sessions', { personality_id: 'concise' });
    const params = { input: 'Hello', ...inSession(body.session_id as string) };
    expect(await answer('Hi.', params)).toMatchObject({
      cozy: { session_id: body.session_id, personality_id: 'concise', executed_tools: [] },
    });
  });

  it('leave tools that only OpenAI has out, and say so', async () => {
    const params = { input: 'Hello', tools: [{ type: 'web_search' as const }, WEATHER] };
    expect(await answer('Hi.', params)).toMatchObject({ cozy: { ignored_tools: ['web_search'] }, tools: [WEATHER] });
  });
});
