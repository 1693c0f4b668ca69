import { describe, expect, it } from 'vitest';
import { snippet, type SnippetLanguage } from './snippets.js';

const input = { origin: 'https://cozy.example', personalityId: 'mira' };

describe(snippet, () => {
  it.each<[SnippetLanguage, string[]]>([
    ['curl', ['curl -N https://cozy.example/v1/chat/completions', 'Bearer $COZY_TOKEN', '"model": "cozy/mira"']],
    ['python', ['base_url="https://cozy.example/v1"', 'os.environ["COZY_TOKEN"]', 'model="cozy/mira"']],
  ])('%s works as it stands', (language, pieces) => {
    const text = snippet(language, input);
    for (const piece of pieces) expect(text).toContain(piece);
  });

  it.each<SnippetLanguage>(['curl', 'python'])('%s takes the token in', (language) => {
    const text = snippet(language, { ...input, token: 'abc' });
    expect(text).toContain('abc');
    expect(text).not.toContain('COZY_TOKEN');
  });

  it('sends valid JSON', () => {
    const body = /-d '([^']*)'/.exec(snippet('curl', input))?.[1] ?? '';
    expect(JSON.parse(body)).toEqual({
      model: 'cozy/mira',
      stream: true,
      messages: [{ role: 'user', content: 'Hello!' }],
    });
  });

  it("does not let an id end the shell's string", () => {
    expect(snippet('curl', { ...input, personalityId: "a'; rm -rf ~" })).toContain('"cozy/arm-rf"');
  });
});
