import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Sentence, SentenceSplitter, speechWeight } from './sentence-splitter.js';

/** The text as a model writes it, a few characters at a time. */
function split(text: string, size = 3): Sentence[] {
  const splitter = new SentenceSplitter();
  const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? [];
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
}
const spoken = (text: string) =>
  split(text)
    .map((sentence) => sentence.spoken)
    .filter((said) => said !== '');

describe('the sentences of an answer', () => {
  it.each<[string, string, string[]]>([
    [
      'end with their marks',
      'How are you today? I am rather well! So it is.',
      ['How are you today?', 'I am rather well!', 'So it is.'],
    ],
    [
      'are not cut at abbreviations',
      'Mr. Brown met Dr. Jones at 5 p.m. in Paris. They were glad, e.g. of tea.',
      ['Mr. Brown met Dr. Jones at 5 p.m. in Paris.', 'They were glad, e.g. of tea.'],
    ],
    [
      'are not cut at initials',
      'J. R. R. Tolkien lived in the U.K. for long. He wrote there.',
      ['J. R. R. Tolkien lived in the U.K. for long.', 'He wrote there.'],
    ],
    [
      'are not cut at decimals and versions',
      'It costs 3.50 euros for version 1.2.3 of it. That is all.',
      ['It costs 3.50 euros for version 1.2.3 of it.', 'That is all.'],
    ],
    [
      'hold addresses as their hosts',
      'See https://www.example.com/a/b.html?c=d. It is all there.',
      ['See example.com', 'It is all there.'],
    ],
    [
      'end with closing quotes',
      'She said “come in please.” Then we went.',
      ['She said “come in please.”', 'Then we went.'],
    ],
    [
      'are of Chinese',
      '你好，我是小雅！今天天气很好。你想去散步吗？我们走吧，好不好',
      ['你好，我是小雅！', '今天天气很好。', '你想去散步吗？', '我们走吧，好不好'],
    ],
    [
      'are of Japanese, with brackets',
      '「こんにちは。」と彼女は言いました。元気ですか？はい、とても元気です。',
      ['「こんにちは。」', 'と彼女は言いました。', '元気ですか？はい、とても元気です。'],
    ],
    [
      'are of Hindi and Arabic',
      'मैं आज बहुत खुश हूँ। आप कैसे हैं और कहाँ हैं? كيف حالك يا صديقي العزيز؟ أنا بخير والحمد لله',
      ['मैं आज बहुत खुश हूँ।', 'आप कैसे हैं और कहाँ हैं?', 'كيف حالك يا صديقي العزيز؟', 'أنا بخير والحمد لله'],
    ],
    [
      'begin with a short one',
      'Yes. I do think that it is so. Quite so.',
      ['Yes.', 'I do think that it is so.', 'Quite so.'],
    ],
    [
      'begin with a clause',
      'Well, to be quite honest, I do not know what it is. Ask again.',
      ['Well, to be quite honest,', 'I do not know what it is.', 'Ask again.'],
    ],
    [
      'are put together where they are short',
      'That is a good question. No. Yes. Maybe so, who knows.',
      ['That is a good question.', 'No. Yes. Maybe so,  who knows.'.replace('  ', ' ')],
    ],
    [
      'end with their lines',
      'First line of it\nSecond line of the text\n\nThird',
      ['First line of it', 'Second line of the text', 'Third'],
    ],
    [
      'hold what wants to be seen as words',
      '# A heading here\n\n- **Bold** and *soft* words\n- `code` and [a link](https://x.y/z)\n1. A first thing to do.',
      ['A heading here', 'Bold and soft words', 'code and a link', '1. A first thing to do.'],
    ],
    [
      'leave out code',
      'Try this one:\n```js\nconst a = 1;\nlet b;\n```\nDone with the code.',
      ['Try this one:', 'Done with the code.'],
    ],
    [
      'leave out emoji',
      'Hello there my friend 👋🏽! I am so happy 😀🇩🇪 today 👨‍👩‍👧.',
      ['Hello there my friend!', 'I am so happy today.'],
    ],
    [
      'keep numbers and snake_case',
      'Call do_the_thing with 2 * 3 as input. Then 5 stars.',
      ['Call do_the_thing with 2 * 3 as input.', 'Then 5 stars.'],
    ],
    [
      'read tables by their cells',
      '| Name | Age |\n|---|---|\n| Ann and Bob | 30 |\n',
      ['Name, Age', 'Ann and Bob, 30'],
    ],
  ])('%s', (_, text, expected) => {
    expect(spoken(text)).toEqual(expected);
  });

  it('come as soon as what follows is seen', () => {
    const splitter = new SentenceSplitter();
    expect(splitter.push('Here I am. ')).toEqual([]);
    expect(splitter.push('N')).toEqual([{ source: 'Here I am. ', spoken: 'Here I am.' }]);
  });

  it.each([
    ['words', 'word '.repeat(200)],
    ['clauses', 'and so we went on, '.repeat(60)],
    ['one long word', 'a'.repeat(2000)],
    ['Chinese', '我们走吧'.repeat(200)],
    ['characters outside the first plane', '𝒳'.repeat(800)],
  ])('are bounded where there are only %s', (_, text) => {
    const sentences = split(text, 50);
    expect(sentences.map(({ source }) => source).join('')).toBe(text);
    expect(Math.max(...sentences.map(({ source }) => speechWeight(source)))).toBeLessThanOrEqual(300);
    expect(sentences.every(({ source }) => source.isWellFormed())).toBe(true);
  });

  it('are all of the text and nothing else, however it comes', () => {
    const words = fc.constantFrom(
      'Hello',
      ' ',
      '. ',
      '.',
      '\n',
      '```',
      '```\n',
      '。',
      '，',
      ', ',
      '你好',
      '👋',
      '**',
      'Dr. ',
      '3.5',
      '|',
      '! ',
      '”',
      'https://a.b/c',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (pieces) => {
        const splitter = new SentenceSplitter();
        const sentences = [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
        expect(sentences.map(({ source }) => source).join('')).toBe(pieces.join(''));
        expect(sentences.every(({ source }) => source !== '')).toBe(true);
      }),
    );
  });

  it('do not depend on the size of the pieces they come in', () => {
    const text =
      'Well, I said “no.” Then Dr. No came at 3.30 p.m. to see it.\n\nWhat now? 今天天气很好。我们走吧！Bye then, my friend.';
    const said = (size: number) => split(text, size).map((sentence) => sentence.spoken);
    for (const size of [2, 5, 11]) expect(said(size)).toEqual(said(1));
  });
});
