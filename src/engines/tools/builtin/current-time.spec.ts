import { describe, expect, it } from 'vitest';
import type { ToolCaller } from '../tool.port.js';
import { currentTimeTool } from './current-time.js';

const CALLER: ToolCaller = { userId: 'u', sessionId: null, personalityId: 'p', datasets: [] };
const SUMMER = Date.UTC(2026, 6, 9, 22, 5, 9, 999);
const WINTER = Date.UTC(2026, 0, 1, 0, 0, 0);

const ask = async (args: Record<string, unknown>, now = SUMMER) =>
  currentTimeTool(() => now).run(args, CALLER, new AbortController().signal);
const textOf = async (args: Record<string, unknown>, now?: number) =>
  (await ask(args, now)).text.replaceAll('\u202F', ' ');

describe('get_current_time', () => {
  it.each([
    [{ format: 'iso' }, '2026-07-09T22:05:09Z'],
    [{ format: 'iso', timezone: 'Europe/Berlin' }, '2026-07-10T00:05:09+02:00'],
    [{ format: 'iso', timezone: 'America/New_York' }, '2026-07-09T18:05:09-04:00'],
    [{ format: 'iso', timezone: 'Asia/Kathmandu' }, '2026-07-10T03:50:09+05:45'],
    [{ format: 'date', timezone: 'asia/tokyo' }, '2026-07-10'],
    [{ format: 'time', timezone: ' Europe/Berlin ' }, '00:05:09'],
    [{ format: 'unix', timezone: 'Asia/Tokyo' }, '1783634709'],
    [{}, 'Thursday, July 9, 2026 at 10:05:09 PM UTC (UTC)'],
    [{ timezone: 'Europe/Berlin', locale: 'de' }, 'Freitag, 10. Juli 2026 um 00:05:09 MESZ (Europe/Berlin)'],
    [{ format: 'iso', timezone: 'Europe/Berlin', locale: 'ar-EG' }, '2026-07-10T00:05:09+02:00'],
  ])('%j is %s', async (args, expected) => {
    expect(await textOf(args)).toBe(expected);
  });

  it('knows the winter, and says midnight as 00', async () => {
    expect(await textOf({ format: 'iso', timezone: 'Europe/London' }, WINTER)).toBe('2026-01-01T00:00:00Z');
    expect(await textOf({ format: 'iso', timezone: 'Europe/Berlin' }, WINTER)).toBe('2026-01-01T01:00:00+01:00');
  });

  it('holds all of it for callers that read JSON', async () => {
    expect((await ask({ timezone: 'europe/berlin' })).structured).toMatchObject({
      timezone: 'Europe/Berlin',
      iso: '2026-07-10T00:05:09+02:00',
      unix: 1783634709,
    });
  });

  it.each([
    [{ timezone: 'Tokyo' }, 'timezone', 'Did you mean Asia/Tokyo?'],
    [{ timezone: 'new york' }, 'timezone', 'Did you mean America/New_York?'],
    [{ timezone: 'Germany/Berlin' }, 'timezone', 'Did you mean Europe/Berlin?'],
    [{ timezone: 'Mars/Olympus' }, 'timezone', 'Give a name such as UTC, Europe/Berlin'],
    [{ timezone: '' }, 'timezone', 'Give a name'],
    [{ timezone: '../../etc' }, 'timezone', 'Give a name'],
    [{ locale: 'not a tag' }, 'locale', 'Give one such as en'],
  ])('%j is refused with advice', async (args, param, advice) => {
    const error: unknown = await ask(args).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID', param });
    expect(String(error)).toMatch(advice);
  });

  it('follows the clock by default', async () => {
    const { text } = await currentTimeTool().run({ format: 'unix' }, CALLER, new AbortController().signal);
    expect(Math.abs(Number(text) - Date.now() / 1000)).toBeLessThan(60);
  });
});
