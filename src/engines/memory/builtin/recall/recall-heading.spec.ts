import { describe, expect, it } from 'vitest';
import { headingOf } from './recall-heading.js';

describe('the heading of a text', () => {
  it.each<[string, string | undefined, string | undefined, string]>([
    ['Nora: I handed in my notice', 'Nora', undefined, 'I handed in my notice'],
    ['[8 May 2023] Nora: hey', 'Nora', '2023-05-08', 'hey'],
    ['[1:56 pm on 8 May, 2023] Nora: hey', 'Nora', '2023-05-08', 'hey'],
    ['Nora (1:56 pm on 8 August 2023): hey', 'Nora', '2023-08-08', 'hey'],
    ['2023-05-08T13:56:00Z - Nora: hey', 'Nora', '2023-05-08', 'hey'],
    ['Session 1 (1st of May 2023) Nora: hey', 'Nora', '2023-05-01', 'hey'],
    ['DATE: 1:56 pm on 8 May, 2023\nNora: "hey"', 'Nora', '2023-05-08', '"hey"'],
    ['On 8 May 2023, Nora said: hey', 'Nora', '2023-05-08', 'hey'],
    ['May 8th, 2023 | Mary Ann: hey', 'Mary Ann', '2023-05-08', 'hey'],
    ['[Session 3] Nora: hey', 'Nora', undefined, 'hey'],
    ['[D1:3] Nora: hey', 'Nora', undefined, 'hey'],
    ['[work] Nora: hey', 'Nora', undefined, 'hey'],
    ['**Nora**: hey', 'Nora', undefined, 'hey'],
    ['Nora said, "hey"', 'Nora', undefined, '"hey"'],
    ['[2023年5月8日] 小雨：我搬家了', '小雨', '2023-05-08', '我搬家了'],
    ['8 May 2023: I went out', undefined, '2023-05-08', 'I went out'],
    ['[31.12.2023] out', undefined, undefined, '[31.12.2023] out'],
    ['2 eggs a day', undefined, undefined, '2 eggs a day'],
    ['Monday I went to the gym', undefined, undefined, 'Monday I went to the gym'],
    ['At 10:30 we met Tom: he was late', undefined, undefined, 'At 10:30 we met Tom: he was late'],
    ['2023-13-40 was no day', undefined, undefined, '2023-13-40 was no day'],
  ])('%s', (text, speaker, day, said) => {
    expect(headingOf(text)).toMatchObject({ speaker, day, said });
  });

  it('keeps remarks, but no times', () => {
    expect(headingOf('[work] Nora: hey').remarks).toContain('[work]');
    expect(headingOf('Nora (my sister): hey').remarks).toContain('my sister');
    expect(headingOf('Nora (8 May 2023): hey').remarks.trim()).toBe('Nora');
  });
});
