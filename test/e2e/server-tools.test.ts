import type { OpenAI } from 'openai';
import { beforeEach, describe, expect, it } from 'vitest';
import { chat, conversationFor, messagesOf, newSession, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { ChatStream, streamChat } from '../setup/chat-stream.js';
import { inSession, openAiClient } from '../setup/openai-client.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({
  config: { 'tools.development.yaml': { max_rounds: 2, levels: { read_only: { per_minute: 1000 } } } },
});
const question = { role: 'user' as const, content: 'What is 12 * 12?' };
const sum = (expression = '12 * 12', id = 'call_sum') => ({
  id,
  name: 'calculator',
  arguments: JSON.stringify({ expression }),
});
const mine: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: { name: 'locate', parameters: { type: 'object' } },
};
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});

const asked = (at: number) => stage.provider.requests[at]?.body as Record<string, unknown>;
const namesOffered = (at: number) =>
  ((asked(at)['tools'] ?? []) as OpenAI.ChatCompletionFunctionTool[]).map(({ function: fn }) => fn.name);
const heard = (at: number) => conversationFor(stage.provider.requests[at]);

describe('a call of one of this server’s tools', () => {
  it('is run and answered, and the caller sees a plain answer', async () => {
    stage.provider.script({ text: 'Let me see.', toolCalls: [sum()] }, { text: 'It is 144.' });
    const { status, body } = await chat(account, undefined, [question]);
    expect(status).toBe(200);
    expect(body.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: 'Let me see.\n\nIt is 144.' },
    });
    expect(body.choices[0].message).not.toHaveProperty('tool_calls');
    expect(body.metadata.executed_tools).toEqual(['calculator']);
    expect(body.usage.prompt_tokens).toBe(24);
    expect(heard(1)).toMatchObject([
      question,
      { role: 'assistant', content: 'Let me see.', tool_calls: [{ id: 'call_sum', function: { name: 'calculator' } }] },
      { role: 'tool', tool_call_id: 'call_sum', content: expect.stringContaining('144') },
    ]);
  });

  it('is the same streamed: no chunk tells of it', async () => {
    stage.provider.script({ text: 'Let me see.', toolCalls: [sum()] }, { text: 'It is 144.' });
    const { chunks, content, done } = await streamChat(stage.url, {
      token: account.token,
      body: { messages: [question], stream_options: { include_usage: true } },
    });
    expect([content, done]).toEqual(['Let me see.\n\nIt is 144.', true]);
    expect(JSON.stringify(chunks)).not.toContain('tool_calls"');
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter(Boolean)).toEqual(['stop']);
    expect(chunks.at(-1).metadata.executed_tools).toEqual(['calculator']);
  });

  it.each([
    ['arguments that do not fit', { id: 'c', name: 'calculator', arguments: '{"sum":"1"}' }, /expression/],
    ['no JSON', { id: 'c', name: 'calculator', arguments: '{"expression": "1' }, /not valid JSON/],
    ['a prototype', { id: 'c', name: 'calculator', arguments: '{"__proto__":{"a":1}}' }, /__proto__/],
    ['a tower of powers', sum('9**9**9**9', 'c'), /Error/],
    ['an unknown tool', { id: 'c', name: 'format_disk', arguments: '{}' }, /no such tool/],
  ])('with %s goes back to the model', async (_name, call, told) => {
    stage.provider.script({ toolCalls: [call] }, { text: 'Sorry.' });
    const { status, body } = await chat(account, undefined, [question]);
    expect([status, body.choices[0].message.content]).toEqual([200, 'Sorry.']);
    expect(heard(1).at(-1)).toMatchObject({ role: 'tool', content: expect.stringMatching(told) });
  });

  it('is run beside the others, and all results come in order', async () => {
    stage.provider.script({ toolCalls: [sum('1+1', 'a'), sum('2+2', 'b'), sum('3+3', 'c')] }, { text: 'Done.' });
    await chat(account, undefined, [question]);
    const results = heard(1).filter(({ role }) => role === 'tool');
    expect(results.map(({ content }) => /\d/.exec(String(content))?.[0])).toEqual(['2', '4', '6']);
  });

  it('is possible so many times, then the model must answer without', async () => {
    stage.provider.script({ toolCalls: [sum()] }, { toolCalls: [sum()] }, { text: 'Enough.' });
    const { body } = await chat(account, undefined, [question]);
    expect(body.choices[0].message.content).toBe('Enough.');
    expect([namesOffered(0), namesOffered(1), namesOffered(2)]).toMatchObject([
      expect.arrayContaining(['calculator']),
      expect.arrayContaining(['calculator']),
      [],
    ]);
  });

  it('stops with everything else when the client leaves', async () => {
    stage.provider.script({ text: 'Wait.', toolCalls: [sum()] }, { text: ['So', ' it', ' is'], tokenDelayMs: 300 });
    const stream = await ChatStream.open(stage.url, { token: account.token, body: { messages: [question] } });
    await stream.until((text) => text.includes('So'));
    stream.leave();
    expect(await stage.provider.requests[1]?.outcome).toBe('aborted');
  });
});

describe('which tools are offered', () => {
  it.each<[string, Record<string, unknown>, unknown]>([
    ['those of the personality', {}, expect.arrayContaining(['calculator', 'get_current_time', 'unit_convert'])],
    ['fewer where the request says so', { cozy: { allowed_tools: ['calculator', 'format_disk'] } }, ['calculator']],
    ['none where the request wants none', { cozy: { allowed_tools: [] } }, []],
    ['none where tool_choice is none', { tool_choice: 'none' }, []],
    ['the caller’s alone where it forces them', { tools: [mine], tool_choice: 'required' }, ['locate']],
  ])('%s', async (_name, fields, expected) => {
    await chat(account, undefined, [question], fields);
    expect(namesOffered(0)).toEqual(expected);
  });

  it('those that the personality does not name are not run', async () => {
    stage.provider.script({ toolCalls: [sum()] }, { text: 'Sorry.' });
    await chat(account, undefined, [question], { cozy: { allowed_tools: ['unit_convert'] } });
    expect(heard(1).at(-1)).toMatchObject({ content: expect.stringMatching(/may not be used/) });
  });

  it('a model that cannot use tools answers without them', async () => {
    stage.provider.failOnce({ kind: 'status', status: 400, body: { error: { message: 'm does not support tools' } } });
    stage.provider.script({ text: 'Twelve dozen.' });
    const { status, body } = await chat(account, undefined, [question], { model: 'no-tools' });
    expect([status, body.choices[0].message.content]).toEqual([200, 'Twelve dozen.']);
    await chat(account, undefined, [question], { model: 'no-tools' });
    expect([namesOffered(1), namesOffered(2)]).toEqual([[], []]);
  });
});

describe('the next turn of a stored session', () => {
  it('knows what the tools have said; the messages show the answer alone', async () => {
    const id = await newSession(account);
    stage.provider.script({ text: 'Let me see.', toolCalls: [sum()] }, { text: 'It is 144.' }, { text: 'Yes.' });
    await chat(account, id, [question]);
    await chat(account, id, [user('Sure?')]);
    expect(heard(2).slice(1)).toMatchObject([
      question,
      { role: 'assistant', content: 'Let me see.', tool_calls: [{ id: 'call_sum' }] },
      { role: 'tool', tool_call_id: 'call_sum' },
      { role: 'assistant', content: 'It is 144.' },
      user('Sure?'),
    ]);
    const stored = (await messagesOf(account, id)).slice(1);
    expect(stored.map(({ role, content }) => [role, content])).toEqual([
      ['user', question.content],
      ['assistant', 'Let me see.\n\nIt is 144.'],
      ['user', 'Sure?'],
      ['assistant', 'Yes.'],
    ]);
    expect(stored[1]?.metadata['executed_tools']).toEqual(['calculator']);
  });
});

describe('a turn that is tried again after its model failed', () => {
  // Bug: the exchange was forgotten with the answer that broke off, and the tools did their work twice.
  it('goes on from what its tools have done', async () => {
    const id = await newSession(account);
    stage.provider.script({ toolCalls: [sum()] }, { fault: { kind: 'error-chunk' } });
    expect((await chat(account, id, [question])).status).toBe(502);
    stage.provider.script({ text: 'It is 144.' });
    const again = await chat(account, id, [question]);
    expect(again.body.choices[0].message.content).toBe('It is 144.');
    expect(heard(2).slice(1)).toMatchObject([
      question,
      { role: 'assistant', tool_calls: [{ id: 'call_sum' }] },
      { role: 'tool', tool_call_id: 'call_sum' },
    ]);
  });
});

describe('the caller’s own functions beside the server’s', () => {
  const both = () =>
    stage.provider.script(
      { text: 'Both.', toolCalls: [sum(), { id: 'call_mine', name: 'locate', arguments: '{}' }] },
      { text: 'You are in Rome and it is 144.' },
    );
  const result = { role: 'tool' as const, tool_call_id: 'call_mine', content: 'Rome' };

  it.each([
    ['a stored session', true],
    ['a conversation that the caller keeps', false],
  ])('the turn goes on with all results, in %s', async (_name, stored) => {
    both();
    const client = openAiClient(stage.url, account);
    const place = stored ? inSession(await newSession(account)) : {};
    const request = { model: 'gpt-4o-mini', tools: [mine], ...place };
    const first = await client.chat.completions.create({ ...request, messages: [question] });
    const message = first.choices[0]?.message as OpenAI.ChatCompletionMessage;
    expect(first.choices[0]?.finish_reason).toBe('tool_calls');
    expect(message.tool_calls).toMatchObject([{ id: 'call_mine', function: { name: 'locate' } }]);

    const messages = stored ? [result] : [question, message, result];
    const second = await client.chat.completions.create({ ...request, messages });
    expect(second.choices[0]?.message.content).toBe('You are in Rome and it is 144.');
    const last = heard(1).slice(-4);
    expect(last).toMatchObject([
      question,
      { role: 'assistant', content: 'Both.', tool_calls: [{ id: 'call_sum' }, { id: 'call_mine' }] },
      { role: 'tool', tool_call_id: 'call_sum', content: expect.stringContaining('144') },
      result,
    ]);
  });

  it('another user’s call id brings nothing of theirs', async () => {
    both();
    const request = { tools: [mine] };
    const { body } = await chat(account, undefined, [question], request);
    const stranger = await newAccount(stage.url);
    await chat(stranger, undefined, [question, body.choices[0].message, result], request);
    expect(JSON.stringify(heard(1))).not.toContain('call_sum');
  });
});
