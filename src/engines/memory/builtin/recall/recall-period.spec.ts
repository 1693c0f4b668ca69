import { describe, expect, it } from 'vitest';
import { periodOf } from './recall-period.js';

const NOW = new Date('2026-03-18T15:00:00Z');
const read = (question: string) => {
  const period = periodOf(question, NOW);
  return period && [period.from, period.until].map((at) => new Date(at).toISOString().slice(0, 10));
};

describe('when a question is about', () => {
  it.each<[string, [string, string] | undefined]>([
    ['What did I do in May 2023?', ['2023-05-01', '2023-06-01']],
    ['What happened in January?', ['2026-01-01', '2026-02-01']],
    ['Where was I last August?', ['2025-08-01', '2025-09-01']],
    ['Where did she go in 2022?', ['2022-01-01', '2023-01-01']],
    ['What was on 7 May 2023?', ['2023-05-06', '2023-05-09']],
    ['What was on May 7th, 2023?', ['2023-05-06', '2023-05-09']],
    ['Who called on the 2nd of June?', ['2025-06-01', '2025-06-04']],
    ['What did I say yesterday?', ['2026-03-17', '2026-03-18']],
    ['What did you recommend last week?', ['2026-03-04', '2026-03-18']],
    ['去年我去了哪里', ['2024-03-18', '2025-12-18']],
    ['我昨天说了什么', ['2026-03-17', '2026-03-18']],
    ['2023年5月我在做什么', ['2023-05-01', '2023-06-01']],
    ['十二月我们聊了什么', ['2025-12-01', '2026-01-01']],
    ['去年3月8日', ['2025-03-07', '2025-03-10']],
    ['What is my dog called?', undefined],
    ['You may march in', undefined],
    ['13月', undefined],
  ])('%s', (question, period) => {
    expect(read(question)).toEqual(period);
  });
});
