import type { FactoryFunctionMap, MathJsInstance } from 'mathjs';
import { type BuiltinTool, invalidArgument, quoted } from '../builtin-tool.js';
import { numberText } from './number-text.js';
import { ADDED_UNITS, unitText } from './unit-names.js';

/** Constants and conversion factors hold no more. */
const DIGITS = 12;
const MAX_LENGTH = 60;

type UnitMath = Pick<MathJsInstance, 'unit'> & { Unit: { isValuelessUnit(name: string): boolean } };

type UnitConvertArguments = { value: number; from: string; to: string };

const DESCRIPTION =
  'Converts a value from one unit to another: length, area, volume, mass, temperature, speed, time, energy, power, ' +
  'pressure, force, angle, frequency and amounts of data. Use it instead of converting from memory. Compound units ' +
  'such as km/h, kg*m/s^2 or m^3 work. MB are bytes and Mb bits; gallon, pint and cup are those of the US unless ' +
  '"imperial" stands before; ton is the US short ton, tonne the metric one. It knows no currencies.';

const unitParameter = (description: string, examples: string[]) => ({
  type: 'string',
  minLength: 1,
  maxLength: MAX_LENGTH,
  description,
  examples,
});

const PARAMETERS = {
  type: 'object',
  additionalProperties: false,
  required: ['value', 'from', 'to'],
  properties: {
    value: { type: 'number', description: 'How much of the first unit.', examples: [72.5] },
    from: unitParameter('The unit of the value.', ['mile', 'degF', 'lb', 'km/h']),
    to: unitParameter('The unit that is asked for.', ['km', 'degC', 'kg', 'm/s']),
  },
};

export function unitConvertTool(): BuiltinTool {
  return {
    definition: {
      name: 'unit_convert',
      description: DESCRIPTION,
      parameters: PARAMETERS,
      level: 'read_only',
      server: null,
    },
    async run({ value, from, to }: UnitConvertArguments) {
      const math = await unitMath();
      const isKnown = (word: string): boolean => math.Unit.isValuelessUnit(word);
      const source = unitText(from, 'from', isKnown);
      const target = unitText(to, 'to', isKnown);
      const result = numberText(converted(math, value, source, target), DIGITS);
      return {
        text: `${numberText(value)} ${from.trim()} = ${result} ${to.trim()}`,
        structured: { value, from, to, result: Number(result) },
      };
    },
  };
}

function converted(math: UnitMath, value: number, from: string, to: string): number {
  let result: number;
  try {
    result = math.unit(value, from).toNumber(to);
  } catch {
    throw invalidArgument(
      'to',
      `${quoted(from)} cannot be converted to ${quoted(to)}: they do not measure the same, or one is no unit.`,
    );
  }
  if (Number.isFinite(result)) return result;
  throw invalidArgument('value', 'The result is too large. Choose a larger unit.');
}

let loading: Promise<UnitMath> | undefined;

/** Loading takes about a third of a second, so the first conversion loads it. */
function unitMath(): Promise<UnitMath> {
  loading ??= loadUnitMath();
  return loading;
}

/** An instance of our own: units added to it do not show elsewhere. */
async function loadUnitMath(): Promise<UnitMath> {
  const { create, unitDependencies, createUnitDependencies } = await import('mathjs');
  const math = create({ unitDependencies, createUnitDependencies } as FactoryFunctionMap);
  for (const { name, ...unit } of ADDED_UNITS) math.createUnit(name, unit, { override: true });
  return math;
}
