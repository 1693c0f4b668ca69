import { describe, expect, it } from 'vitest';
import { excerptSummary } from './excerpts.js';

const user = (content: string) => ({ role: 'user', content });
const LABEL = 'Excerpts of what the user said earlier, chosen by rules:';

describe('a summary by rules', () => {
  it('says what it is, and holds what the user said, a line each', () => {
    const said = [user('I have a dog.\nHe is called Rex.'), { role: 'assistant', content: 'Nice!' }, user('  ')];
    expect(excerptSummary('', said)).toBe(`${LABEL}\nI have a dog. He is called Rex.`);
  });

  it('goes on from the one before, whoever made that', () => {
    const first = excerptSummary('', [user('one')]);
    expect(excerptSummary(first, [user('two')])).toBe(`${LABEL}\none\ntwo`);
    expect(excerptSummary('Ana told of her dog.', [user('two')])).toBe(`${LABEL}\nAna told of her dog.\ntwo`);
  });

  it('cuts what is long at a word, and never in the middle of a character', () => {
    const [, line = ''] = excerptSummary('', [user('word '.repeat(100))]).split('\n');
    expect(line).toMatch(/word…$/);
    expect(line.length).toBeLessThanOrEqual(161);
    expect(excerptSummary('', [user('😀'.repeat(300))]).isWellFormed()).toBe(true);
  });

  it('stays bounded however long it goes on, and keeps the beginning and the end', () => {
    let summary = '';
    for (let turn = 0; turn < 500; turn += 1)
      summary = excerptSummary(summary, [user(`message ${turn} ${'x '.repeat(40)}`)]);
    expect(summary.length).toBeLessThan(2600);
    expect(summary.split('\n')[1]).toMatch(/^message 0 /);
    expect(summary).toMatch(/\nmessage 499 [x ]+$/);
    expect(summary.match(/^…$/gm)).toHaveLength(1);
  });
});
