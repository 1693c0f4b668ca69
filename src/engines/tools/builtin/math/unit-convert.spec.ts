import { describe, expect, it } from 'vitest';
import type { ToolCaller } from '../../tool.port.js';
import { unitConvertTool } from './unit-convert.js';

const CALLER: ToolCaller = { userId: 'u', sessionId: null, personalityId: 'p', datasets: [] };
const convert = async (value: number, from: string, to: string) =>
  unitConvertTool().run({ value, from, to }, CALLER, new AbortController().signal);

describe('unit_convert', () => {
  it.each([
    ['length', 1, 'mile', 'km', 1.609344],
    ['length', 6, 'feet', 'cm', 182.88],
    ['length', 5, '"', 'cm', 12.7],
    ['length', 1, 'KM', 'M', 1000],
    ['length', 1, 'MILES', 'FT', 5280],
    ['length', 1, 'Mm', 'km', 1000],
    ['length', 1, 'kilometres', 'miles', 0.621371192237],
    ['length', 1, 'µm', 'nm', 1000],
    ['length', 1, 'nautical miles', 'km', 1.852],
    ['length', 1, 'light years', 'km', 9460730472580],
    ['area', 1, 'acre', 'm2', 4046.8564224],
    ['area', 2, 'acres', 'm2', 8093.7128448],
    ['area', 1, 'hectares', 'm²', 10000],
    ['area', 1, 'square meter', 'square feet', 10.7639104167],
    ['area', 1, 'm**2', 'sq ft', 10.7639104167],
    ['volume', 1, 'gallon', 'L', 3.785411784],
    ['volume', 1, 'US gallon', 'liters', 3.785411784],
    ['volume', 1, 'imperial gallons', 'L', 4.54609],
    ['volume', 1, 'fl oz', 'ml', 29.5735295625],
    ['volume', 1, 'tbsp', 'ml', 15],
    ['volume', 1, 'cubic meter', 'L', 1000],
    ['mass', 1, 'lbs', 'kg', 0.45359237],
    ['mass', 1, 'metric ton', 'lb', 2204.62262185],
    ['mass', 1, 'stone', 'kg', 6.35029318],
    ['temperature', 0, '°C', '°F', 32],
    ['temperature', 100, 'F', 'C', 37.7777777778],
    ['temperature', 37, 'degrees Celsius', 'degrees Fahrenheit', 98.6],
    ['temperature', 20, 'celsius', 'K', 293.15],
    ['speed', 100, 'km/h', 'mph', 62.1371192237],
    ['speed', 60, 'miles per hour', 'kph', 96.56064],
    ['speed', 10, 'knots', 'km/h', 18.52],
    ['time', 1, 'week', 'hours', 168],
    ['energy', 500, 'kcal', 'kJ', 2092],
    ['energy', 1, 'kilowatt hours', 'MJ', 3.6],
    ['power', 1, 'hp', 'W', 745.699871539],
    ['pressure', 32, 'psi', 'bar', 2.20632233368],
    ['force', 1, 'kg m/s^2', 'N', 1],
    ['angle', 180, 'deg', 'rad', 3.14159265359],
    ['data', 1, 'GiB', 'MB', 1073.741824],
    ['data', 100, 'Mbps', 'MB/s', 12.5],
    ['data', 1, 'Gbps', 'mbps', 1000],
    ['data', 1, 'Mbit', 'kB', 125],
    ['compound', 1, 'J/(kg K)', 'kJ/(kg*K)', 0.001],
  ])('%s: %d %s in %s is %d', async (_, value, from, to, result) => {
    expect((await convert(value, from, to)).structured).toMatchObject({ value, from, to, result });
  });

  it('says it in one line', async () => {
    expect((await convert(100, 'km/h', 'mph')).text).toBe('100 km/h = 62.1371192237 mph');
  });

  it.each([
    ['kg', 'm', 'to', 'do not measure the same'],
    ['degC', 'kg', 'to', 'do not measure the same'],
    ['m/', 'm', 'to', 'no unit'],
    ['((m', 'm', 'to', 'no unit'],
    ['USD', 'EUR', 'from', '"USD" is not known'],
    ['m', 'parrot', 'to', '"parrot" is not known'],
    ['NM', 'km', 'from', '"NM" is not known'],
    ['gb', 'MB', 'from', '"gb" is not known'],
    ['constructor', 'm', 'from', 'not known'],
    ['__proto__', 'm', 'from', 'cannot be read'],
    ['toString', 'm', 'from', 'not known'],
    ['5 m', 'm', 'from', 'cannot be read'],
    ['m^99', 'm', 'from', 'cannot be read'],
    ['m^1e9', 'm', 'from', 'not known'],
    ['m; import("fs")', 'm', 'from', 'cannot be read'],
    ['m = 5', 'm', 'from', 'cannot be read'],
    ['[m]', 'm', 'from', 'cannot be read'],
    ['', 'm', 'from', 'cannot be read'],
    ['/', 'm', 'from', 'cannot be read'],
    ['m s '.repeat(10), 'm', 'from', 'cannot be read'],
    ['m'.repeat(61), 'm', 'from', 'longer than'],
  ])('%j to %j is refused: %s %s', async (from, to, param, words) => {
    const error: unknown = await convert(1, from, to).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID', param });
    expect(String(error)).toMatch(words);
  });

  it('says when a result is too large', async () => {
    await expect(convert(1e308, 'km', 'nm')).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID', param: 'value' });
  });
});
