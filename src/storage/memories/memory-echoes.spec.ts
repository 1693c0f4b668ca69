import { describe, expect, it } from 'vitest';
import { echoesOf, type ToldWords } from './memory-echoes.js';

const told = (id: string, words: string): ToldWords => ({ id, isTalk: false, words });
const talk = (id: string, words: string): ToldWords => ({ id, isTalk: true, words });

describe('what repeats a deleted memory', () => {
  it.each<[string, ToldWords[], ToldWords[], string[]]>([
    [
      'is later talk with a word of its own',
      [told('2', 'dog call biscuit #who')],
      [talk('3', 'biscuit sound fun')],
      ['3'],
    ],
    ['is also who is spoken to', [told('2', 'dog call biscuit')], [talk('3', '@biscuit come')], ['3']],
    ['is not what has but its signs', [told('2', "'狗 dog #who ?")], [talk('3', "'狗 #who ?")], []],
    [
      'is not what another memory tells, too',
      [told('2', 'dog biscuit')],
      [told('1', 'biscuit tea dog'), talk('3', 'dog')],
      [],
    ],
    [
      'is not what was spoken of before',
      [told('2', 'dog call biscuit')],
      [talk('1', 'call me'), talk('3', 'call me')],
      [],
    ],
    ['is nothing of talk that is deleted by itself', [talk('2', 'dog biscuit')], [talk('3', 'biscuit')], []],
    ['is nothing where nothing is deleted', [], [talk('3', 'biscuit')], []],
  ])('%s', (_, deleted, others, expected) => {
    expect(echoesOf(deleted, others)).toEqual(expected);
  });
});
