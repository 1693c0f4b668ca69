import { describe, expect, it } from 'vitest';
import { call, done, play, say } from '../../../test/setup/tool-loop.js';

const rounds = [
  [say('Let me see.'), call(0, 'f'), done('tool_calls')],
  [say('It is four. '), say('Or five.'), done('stop')],
];

/** The answer is "Let me see.\n\nIt is four. Or five." */
describe('an answer that was cut short while it was spoken', () => {
  it.each<[string, number, string | null, string | null, string | null]>([
    ['at its end', 33, 'Let me see.\n\nIt is four. Or five.', 'Let me see.', 'It is four. Or five.'],
    ['between two sentences', 25, 'Let me see.\n\nIt is four.', 'Let me see.', 'It is four.'],
    ['within a sentence', 19, 'Let me see.\n\nIt is', 'Let me see.', 'It is'],
    ['before the results of its tools', 13, 'Let me see.', 'Let me see.', null],
    ['within its first words', 6, 'Let me', 'Let me', null],
    ['before its first word', 0, null, null, null],
  ])('%s', async (_, length, content, first, last) => {
    const { draft } = await play({ server: ['f'], rounds });
    draft.keepOnly(length);
    expect(draft.content).toBe(content);
    expect([draft.exchange?.rounds[0]?.content, draft.exchange?.text]).toEqual([first, last]);
    expect(draft.exchange?.rounds[0]?.results).toEqual(['result of f']);
    expect(draft.isCut).toBe(length < 33);
  });

  it('is nothing where nothing was heard', async () => {
    const { draft } = await play({ rounds: [[say('Four.'), done('stop')]] });
    draft.keepOnly(0);
    expect([draft.isEmpty, draft.isCut]).toEqual([true, true]);
  });
});

describe('an answer that nobody has seen any of', () => {
  it.each<[string, Parameters<typeof play>[0], string | null]>([
    ['is nothing where it broke off', { rounds: [[say('Four')]] }, null],
    ['is kept where it is whole', { rounds: [[say('Four.'), done('stop')]] }, 'Four.'],
    [
      'is kept where tools have run',
      { server: ['f'], rounds: [[say('Let me see.'), call(0, 'f'), done('tool_calls')], [say('It')]] },
      'Let me see.\n\nIt',
    ],
  ])('%s', async (_, machine, content) => {
    const { draft } = await play(machine);
    draft.forgetUnseen();
    expect(draft.content).toBe(content);
  });
});
