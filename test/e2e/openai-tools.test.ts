import type { OpenAI } from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { conversationFor, messagesOf, newSession } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { inSession, openAiClient } from '../setup/openai-client.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
const model = 'gpt-4o-mini';
const question = { role: 'user' as const, content: 'What is the weather in Oslo and in Rome?' };
const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  },
];
const calls = [
  { id: 'call_oslo', name: 'weather', arguments: '{"city":"Oslo"}' },
  { id: 'call_rome', name: 'weather', arguments: '{"city":"Rome"}' },
];
const asOpenAi = calls.map(({ id, ...fn }) => ({ id, type: 'function' as const, function: fn }));
const results = [
  { role: 'tool' as const, tool_call_id: 'call_oslo', content: 'snow' },
  { role: 'tool' as const, tool_call_id: 'call_rome', content: 'sun' },
];
let account: Account;
let client: OpenAI;

beforeAll(async () => {
  account = await newAccount(stage.url);
  client = openAiClient(stage.url, account);
});

const heard = (index: number) => conversationFor(stage.provider.requests[index]);
const withoutWelcome = <T>(messages: T[]): T[] => messages.slice(1);

const answerInTwoSteps = () =>
  stage.provider.script({ text: 'Let me look.', toolCalls: calls }, { text: 'Snow and sun.' });

describe('a call of the caller’s own function', () => {
  it('ends a whole answer with tool_calls, several at once', async () => {
    answerInTwoSteps();
    const first = await client.chat.completions.create({ model, messages: [question], tools });
    expect(first.choices[0]?.finish_reason).toBe('tool_calls');
    expect(first.choices[0]?.message).toMatchObject({ content: 'Let me look.', tool_calls: asOpenAi });
  });

  it('has no content where the model said nothing beside it', async () => {
    stage.provider.script({ toolCalls: calls });
    const first = await client.chat.completions.create({ model, messages: [question], tools });
    expect(first.choices[0]?.message).toMatchObject({ content: null, tool_calls: asOpenAi });
  });

  it('is put together by the streaming helper', async () => {
    answerInTwoSteps();
    const runner = client.chat.completions.stream({ model, messages: [question], tools });
    const completion = await runner.finalChatCompletion();
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls');
    expect(completion.choices[0]?.message.tool_calls).toMatchObject(asOpenAi);
  });

  it('goes on with the results, in a conversation that the caller keeps', async () => {
    answerInTwoSteps();
    const first = await client.chat.completions.create({ model, messages: [question], tools });
    const message = first.choices[0]?.message as OpenAI.ChatCompletionMessage;
    const second = await client.chat.completions.create({ model, messages: [question, message, ...results], tools });
    expect(second.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Snow and sun.' } });
    expect(heard(1)).toMatchObject([question, { role: 'assistant', tool_calls: asOpenAi }, ...results]);
  });

  it('is run by the SDK’s own tool runner to the end', async () => {
    answerInTwoSteps();
    const cities: string[] = [];
    const runner = client.chat.completions.runTools({
      model,
      messages: [question],
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: 'The weather in a city.',
            parameters: { type: 'object', properties: { city: { type: 'string' } } },
            parse: JSON.parse as (text: string) => { city: string },
            function: ({ city }: { city: string }) => {
              cities.push(city);
              return `fine in ${city}`;
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('Snow and sun.');
    expect(cities).toEqual(['Oslo', 'Rome']);
    expect(heard(1).slice(-2)).toMatchObject([{ content: 'fine in Oslo' }, { content: 'fine in Rome' }]);
  });
});

it.each([
  ['of no call', [question, ...results]],
  [
    'of only one of two calls',
    [question, { role: 'assistant' as const, content: null, tool_calls: asOpenAi }, ...results.slice(0, 1)],
  ],
])('a result %s is refused, kept or not', async (_name, messages) => {
  for (const store of [false, true]) {
    const asked = client.chat.completions.create({ model, messages, tools, store } as never);
    await expect(asked).rejects.toMatchObject({ status: 400, code: 'VALIDATION_FAILED', param: 'messages' });
  }
  expect(stage.provider.requests).toEqual([]);
});

describe('in a stored session', () => {
  it.each([
    ['alone', (_message: OpenAI.ChatCompletionMessage) => [...results]],
    ['with everything before them', (message: OpenAI.ChatCompletionMessage) => [question, message, ...results]],
  ])('the results go on with the turn, sent %s', async (_name, resend) => {
    const sessionId = await newSession(account);
    answerInTwoSteps();
    const first = await client.chat.completions.create({ model, messages: [question], tools, ...inSession(sessionId) });
    const message = first.choices[0]?.message as OpenAI.ChatCompletionMessage;
    const messages = resend(message);
    const second = await client.chat.completions.create({ model, messages, tools, ...inSession(sessionId) });
    expect(second.choices[0]?.message.content).toBe('Snow and sun.');

    const stored = withoutWelcome(await messagesOf(account, sessionId));
    expect(stored).toMatchObject([
      question,
      { role: 'assistant', content: 'Let me look.', tool_calls: asOpenAi },
      ...results,
      { role: 'assistant', content: 'Snow and sun.' },
    ]);
    expect(withoutWelcome(heard(1))).toMatchObject([question, { role: 'assistant', tool_calls: asOpenAi }, ...results]);
  });

  it('results that are sent again after a failure are not stored twice', async () => {
    const fields = inSession(await newSession(account));
    stage.provider.script({ toolCalls: calls });
    await client.chat.completions.create({ model, messages: [question], tools, ...fields });
    stage.provider.failOnce({ kind: 'status', status: 400 });
    const again = { model, messages: results, tools, ...fields };
    await expect(client.chat.completions.create(again)).rejects.toMatchObject({ code: 'ENGINE_REQUEST_REJECTED' });
    stage.provider.script({ text: 'Snow and sun.' });
    await client.chat.completions.create(again);
    const stored = withoutWelcome(await messagesOf(account, fields.cozy.session_id));
    expect(stored.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool', 'assistant']);
  });

  it('half of the results are refused and not stored, as the model would be told neither', async () => {
    const fields = inSession(await newSession(account));
    answerInTwoSteps();
    await client.chat.completions.create({ model, messages: [question], tools, ...fields });
    const half = { model, messages: results.slice(0, 1), tools, ...fields };
    await expect(client.chat.completions.create(half)).rejects.toMatchObject({ status: 400, param: 'messages' });
    const whole = await client.chat.completions.create({ ...half, messages: results });
    expect(whole.choices[0]?.message.content).toBe('Snow and sun.');
    const stored = withoutWelcome(await messagesOf(account, fields.cozy.session_id));
    expect(stored.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool', 'assistant']);
  });

  it('results that come after somebody else has spoken are told to the model with their call', async () => {
    const fields = inSession(await newSession(account));
    stage.provider.script({ toolCalls: calls }, { text: 'Hello you.' }, { text: 'Snow and sun.' });
    await client.chat.completions.create({ model, messages: [question], tools, ...fields });
    await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello?' }], ...fields });
    await client.chat.completions.create({ model, messages: results, tools, ...fields });
    expect(heard(2).slice(-4)).toMatchObject([
      { role: 'assistant', content: 'Hello you.' },
      { role: 'assistant', tool_calls: asOpenAi },
      ...results,
    ]);
  });

  it('a call that nobody ever answered does not spoil the next turn', async () => {
    const fields = inSession(await newSession(account));
    stage.provider.script({ toolCalls: calls }, { text: 'Never mind.' });
    await client.chat.completions.create({ model, messages: [question], tools, ...fields });
    const other = { role: 'user' as const, content: 'Forget it.' };
    const next = await client.chat.completions.create({ model, messages: [other], ...fields });
    expect(next.choices[0]?.message.content).toBe('Never mind.');
    expect(JSON.stringify(heard(1))).not.toContain('tool_calls');
    expect(heard(1).slice(-2)).toMatchObject([question, other]);
  });
});
