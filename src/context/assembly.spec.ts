import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../core/domain/chat.js';
import { countMessageTokens, countToolTokens } from '../core/util/token-estimate.js';
import { choose, fixedTokens, grow, type Material, questionOf, tokensOf } from './assembly.js';
import { repairHistory } from './history.js';
import { retrievedBlock } from './retrieved.js';

const user = (content: string): ChatMessage => ({ role: 'user', content });
const said = (content: string): ChatMessage => ({ role: 'assistant', content });
const memory = (text: string) => ({ id: text, text, score: 1, createdAt: null, sessionId: null, messageId: null });
const passage = (text: string) => ({ id: text, text, source: 'a.md', score: 1, documentId: text, dataset: 'd' });

/** About 20 tokens a message. */
const line = (at: number) => `Line ${at}: ${'on a grey morning we walked along the river '.repeat(2)}`;
const talk = (turns: number) =>
  Array.from({ length: turns }, (_, at) => [user(line(at)), said(`Yes, ${line(at)}`)]).flat();

const material = (budget: number, fields: Partial<Material> = {}): Material => ({
  prompt: [{ role: 'system', content: 'You are Cozy.' }],
  tools: [],
  conversation: [...talk(20), user('And now?')],
  retrieved: {
    profile: 'The user is called Ana.\nThe user lives in Porto.',
    memories: [memory('Ana has a dog called Rex.'), memory('Ana grows tomatoes on her balcony.')],
    passages: [passage('Refunds are paid within thirty days of the purchase.')],
  },
  summary:
    'They spoke about tea, and about a journey to Japan that Ana plans for the spring with her sister and two friends.',
  isCut: true,
  budget,
  encoding: 'o200k_base',
  ...fields,
});

const shares = (budget: number) => {
  const { messages, looked } = choose(material(budget));
  const lines = Object.fromEntries(looked.kept.map((part) => [part.name, part.lines.length]));
  return { messages: messages.length, ...lines };
};

describe('who gives way', () => {
  it.each([
    ['nobody, where there is room for all', 4000, { messages: 41, profile: 2, memories: 2, knowledge: 1, summary: 1 }],
    ['older messages first', 720, { messages: 20, profile: 2, memories: 2, knowledge: 1, summary: 1 }],
    ['then the summary', 576, { messages: 16, profile: 2, memories: 2, knowledge: 1 }],
    ['then documents', 470, { messages: 13, profile: 2, memories: 2 }],
    ['then memories', 340, { messages: 9, profile: 2 }],
    ['then the profile', 230, { messages: 8 }],
    ['never the question', 0, { messages: 1 }],
  ])('%s', (_what, budget, expected) => {
    expect(shares(budget)).toEqual(expected);
  });

  it('takes no summary where the whole session is given', () => {
    expect(choose(material(4000, { isCut: false })).looked.kept.map(({ name }) => name)).not.toContain('summary');
  });

  it('takes the summary where messages of this window had to go, though the window is the whole session', () => {
    expect(choose(material(700, { isCut: false })).looked.kept.map(({ name }) => name)).toContain('summary');
  });

  it('does not remember what stands in the conversation, but does what had to leave it', () => {
    const retrieved = { profile: '', memories: [memory(line(0)), memory(line(19))], passages: [] };
    const lines = (budget: number) => choose(material(budget, { retrieved })).looked.kept.flatMap((part) => part.lines);
    expect(lines(4000)).not.toContain(`- ${line(0).trim()}`);
    expect(lines(700)).toContain(`- ${line(0).trim()}`);
    expect(lines(700)).not.toContain(`- ${line(19).trim()}`);
  });
});

const call = (id: string): ChatMessage => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name: 'look', arguments: '{"at": "the river"}' } }],
});
const words = fc.oneof(
  fc.string({ maxLength: 120, unit: 'grapheme' }),
  fc.constantFrom('今天天气很好，我们去河边散步吧。', 'Ein Satz auf Deutsch.', '😀👩‍👩‍👧 emoji', line(3)),
);
const group = fc.oneof(
  words.map((text) => [user(text)]),
  words.map((text) => [said(text)]),
  fc
    .tuple(fc.uuid(), words)
    .map(([id, text]): ChatMessage[] => [call(id), { role: 'tool', tool_call_id: id, content: text }, said(text)]),
);
const tool = fc.record({ name: fc.constantFrom('look', 'remember'), description: words });

describe('what is put before the model', () => {
  const cases = fc.record({
    groups: fc.array(group, { maxLength: 12 }),
    question: words,
    profile: words,
    memories: fc.array(words, { maxLength: 4 }),
    summary: words,
    tools: fc.array(tool, { maxLength: 2 }),
    budget: fc.integer({ min: 0, max: 1200 }),
    encoding: fc.constantFrom('o200k_base' as const, 'cl100k_base' as const),
  });

  it('never takes more than the budget, splits no call from its results, and always holds the question', () => {
    fc.assert(
      fc.property(cases, ({ groups, question, profile, memories, summary, tools, budget, encoding }) => {
        const conversation = [...groups.flat(), user(question)];
        const given = material(budget, {
          conversation,
          retrieved: { profile, memories: memories.map(memory), passages: [] },
          summary,
          encoding,
          tools: tools.map((function_) => ({ type: 'function', function: function_ })),
        });
        const { messages, looked } = choose(given);
        expect(messages.at(-1)).toBe(conversation.at(-1));
        expect(repairHistory(messages)).toEqual(messages);
        const block = retrievedBlock(looked.kept);
        const system: ChatMessage[] = [
          ...given.prompt,
          ...(block === '' ? [] : [{ role: 'system' as const, content: block }]),
        ];
        const used = countMessageTokens([...system, ...messages], encoding) + countToolTokens(given.tools, encoding);
        const least = fixedTokens(given) + tokensOf([user(question)], encoding);
        expect(used).toBeLessThanOrEqual(Math.max(budget, least));
      }),
      { numRuns: 150 },
    );
  });
});

it('a turn that grows gives up older messages, and neither its question nor what was added', () => {
  const { messages } = choose(material(4000));
  const added = [call('1'), { role: 'tool' as const, tool_call_id: '1', content: line(1).repeat(4) }];
  const needed = tokensOf([...questionOf(messages), ...added], 'o200k_base');
  expect(grow(messages, added, needed + 60, 'o200k_base').slice(-3)).toEqual([user('And now?'), ...added]);
  expect(grow(messages, added, needed + 60, 'o200k_base').length).toBe(5);
  expect(grow(messages, added, 1, 'o200k_base')).toEqual([user('And now?'), ...added]);
});
