import { describe, expect, it } from 'vitest';
import { excerpt, formatWhen, humanReason, parseTime, splitByQuery, tintOf, totalText, usageText } from './format.js';

const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 1234 };

describe(usageText, () => {
  it.each([
    [usage, '1,234 tokens'],
    [{ ...usage, estimated: true }, '≈ 1,234 tokens'],
    [{ ...usage, total_tokens: 1 }, '1 token'],
  ])('%j', (value, text) => {
    expect(usageText(value, 'en')).toBe(text);
  });
});

describe(totalText, () => {
  it.each([
    [{ tokens: 10_000, estimated: false, partial: false }, '10,000 tokens'],
    [{ tokens: 10, estimated: true, partial: false }, '≈ 10 tokens'],
    [{ tokens: 10, estimated: false, partial: true }, '≥ 10 tokens'],
    [{ tokens: 1, estimated: true, partial: true }, '≥ 1 token'],
  ])('%j', (value, text) => {
    expect(totalText(value, 'en')).toBe(text);
  });
});

describe(parseTime, () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05.678', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
  ])('reads %s', (text, iso) => {
    expect(parseTime(text).toISOString()).toBe(iso);
  });
});

const ago = (days: number, hour = 9): string => new Date(2026, 4, 20 - days, hour, 5).toISOString();

describe(formatWhen, () => {
  const now = new Date(2026, 4, 20, 15, 30);
  it.each([
    ['this morning', ago(0), '09:05 AM'],
    ['a clock slightly ahead', new Date(2026, 4, 20, 15, 31).toISOString(), '03:31 PM'],
    ['late yesterday', ago(1, 23), 'Yesterday'],
    ['this week', ago(3), 'Sunday'],
    ['this year', ago(30), 'Apr 20'],
    ['last year', ago(200), 'Nov 1, 2025'],
    ['nonsense', 'soon', ''],
  ])('%s', (_name, iso, text) => {
    // Newer ICU data puts a narrow no-break space before AM.
    expect(formatWhen(iso, now, 'en-US').replaceAll(/\s/g, ' ')).toBe(text);
  });
});

describe(humanReason, () => {
  it.each([
    ['memory_timeout', 'memory timeout'],
    ['engine.knowledge__down', 'engine knowledge down'],
    ['already plain', 'already plain'],
  ])('%s', (code, text) => {
    expect(humanReason(code)).toBe(text);
  });
});

describe(excerpt, () => {
  const long = `${'before '.repeat(20)}the needle ${'after '.repeat(20)}`;
  it.each([
    ['short text stays', 'a  short\ntext', 'short', 'a short text'],
    ['Markdown signs go', 'called **Biscuit** `x`', 'biscuit', 'called Biscuit x'],
  ])('%s', (_name, text, query, expected) => {
    expect(excerpt(text, query)).toBe(expected);
  });

  it('keeps what was searched for, and starts with a whole word', () => {
    const piece = excerpt(long, 'NEEDLE');
    expect(piece).toMatch(/^…before .*needle.*…$/);
    expect(piece.length).toBeLessThanOrEqual(92);
  });

  it('starts at the beginning when the query is not in it word for word', () => {
    expect(excerpt(long, 'elsewhere')).toMatch(/^before/);
  });
});

describe(splitByQuery, () => {
  it.each([
    ['a Dog and a dog', 'dog', ['a ', '[Dog]', ' and a ', '[dog]']],
    ['1+1 (two)', '+1 (', ['1', '[+1 (]', 'two)']],
    ['nothing', 'dog', ['nothing']],
    ['nothing', '  ', ['nothing']],
  ])('%s / %s', (text, query, parts) => {
    expect(splitByQuery(text, query).map((part) => (part.hit ? `[${part.text}]` : part.text))).toEqual(parts);
  });
});

describe(tintOf, () => {
  it('is steady and within the colours there are', () => {
    const tints = ['mira', 'atlas', 'juniper', '', '🌿'].map((id) => tintOf(id));
    expect(tints).toEqual(['mira', 'atlas', 'juniper', '', '🌿'].map((id) => tintOf(id)));
    expect(tints.every((tint) => tint >= 0 && tint < 6)).toBe(true);
  });
});
