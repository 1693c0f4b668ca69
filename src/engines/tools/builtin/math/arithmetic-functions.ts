import { invalidArgument } from '../builtin-tool.js';

const MOST_ARGUMENTS = 100;
const LARGEST_FACTORIAL = 170;
/** Far below what a 64-bit number can tell apart from nothing beside 1. */
const NOISE = 1e-15;

/** A function of numbers, and how many it takes. */
export interface ArithmeticFunction {
  readonly least: number;
  readonly most: number;
  readonly apply: (...values: number[]) => number;
}

/** What is wrong with a calculation, for the model that wrote it. */
export const mathError = (message: string): Error => invalidArgument('expression', message);

export const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['π', Math.PI],
  ['e', Math.E],
  ['tau', 2 * Math.PI],
]);

const unary = (apply: (value: number) => number): ArithmeticFunction => ({ least: 1, most: 1, apply });
const upToTwo = (apply: (a: number, b?: number) => number): ArithmeticFunction => ({ least: 1, most: 2, apply });
const binary = (apply: (a: number, b: number) => number): ArithmeticFunction => ({
  least: 2,
  most: 2,
  apply: (a = 0, b = 0) => apply(a, b),
});
const many = (apply: (...values: number[]) => number): ArithmeticFunction => ({
  least: 1,
  most: MOST_ARGUMENTS,
  apply,
});

export const FUNCTIONS: ReadonlyMap<string, ArithmeticFunction> = new Map([
  ['sqrt', unary(squareRoot)],
  ['cbrt', unary(Math.cbrt)],
  ['abs', unary(Math.abs)],
  ['round', upToTwo(round)],
  ['floor', unary((value) => Math.floor(tidy(value)))],
  ['ceil', unary((value) => Math.ceil(tidy(value)))],
  ['min', many(Math.min)],
  ['max', many(Math.max)],
  ['log', upToTwo((value, base) => (base === undefined ? log(value) : log(value) / log(base)))],
  ['ln', unary(log)],
  ['log10', unary((value) => Math.log10(positive(value)))],
  ['log2', unary((value) => Math.log2(positive(value)))],
  ['exp', unary(Math.exp)],
  ['sin', unary((value) => withoutNoise(Math.sin(value)))],
  ['cos', unary((value) => withoutNoise(Math.cos(value)))],
  ['tan', unary(tangent)],
  ['asin', unary((value) => Math.asin(ofSine(value)))],
  ['acos', unary((value) => Math.acos(ofSine(value)))],
  ['atan', unary(Math.atan)],
  ['pow', binary(power)],
  ['mod', binary(modulo)],
  ['gcd', many((...values) => values.map(whole).reduce(greatestDivisor, 0))],
  ['lcm', many((...values) => values.map(whole).reduce(leastMultiple, 1))],
  ['factorial', unary(factorial)],
]);

/** By mathjs' names. */
export const OPERATORS: ReadonlyMap<string, ArithmeticFunction> = new Map([
  ['unaryMinus', unary((value) => -value)],
  ['unaryPlus', unary((value) => value)],
  ['add', binary((a, b) => sum(a, b))],
  ['subtract', binary((a, b) => sum(a, -b))],
  ['multiply', binary((a, b) => a * b)],
  ['divide', binary(divide)],
  ['pow', binary(power)],
  ['mod', binary(modulo)],
  ['factorial', unary(factorial)],
]);

/** 0.1 + 0.2 - 0.3 is 0 and not 5.6e-17. Whole numbers are exact and stay as they are. */
function sum(a: number, b: number): number {
  const result = a + b;
  if (Number.isInteger(a) && Number.isInteger(b)) return result;
  return Math.abs(result) < NOISE * Math.max(Math.abs(a), Math.abs(b)) ? 0 : result;
}

function divide(a: number, b: number): number {
  if (b === 0) throw mathError('This divides by zero.');
  return a / b;
}

/** The sign is the divisor's, as in mathematics: -7 mod 3 is 2. */
function modulo(a: number, b: number): number {
  if (b === 0) throw mathError('This divides by zero.');
  if (!Number.isInteger(a) || !Number.isInteger(b)) return sum(a, -b * Math.floor(tidy(a / b)));
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

function power(base: number, exponent: number): number {
  if (base === 0 && exponent < 0) throw mathError('This divides by zero.');
  if (base < 0 && !Number.isInteger(exponent)) {
    throw mathError('A negative number to a fractional power is no real number. For a cube root use cbrt(x).');
  }
  return base ** exponent;
}

function squareRoot(value: number): number {
  if (value < 0) throw mathError('The square root of a negative number is no real number.');
  return Math.sqrt(value);
}

function log(value: number): number {
  return Math.log(positive(value));
}

function positive(value: number): number {
  if (value <= 0) throw mathError('Logarithms exist for numbers above zero only.');
  return value;
}

function ofSine(value: number): number {
  if (value < -1 || value > 1) throw mathError('asin and acos take numbers from -1 to 1 only.');
  return value;
}

function tangent(value: number): number {
  if (withoutNoise(Math.cos(value)) === 0) throw mathError('The tangent does not exist there.');
  return withoutNoise(Math.tan(value));
}

/** Half away from zero, as people do. */
function round(value: number, digits = 0): number {
  if (!Number.isInteger(digits) || digits < 0 || digits > 15) throw mathError('round(x, n) takes 0 to 15 digits.');
  const scale = 10 ** digits;
  const scaled = Math.abs(value) * scale;
  if (scaled >= Number.MAX_SAFE_INTEGER) return value;
  return (Math.sign(value) * Math.round(tidy(scaled))) / scale;
}

function factorial(value: number): number {
  if (!Number.isInteger(value) || value < 0) throw mathError('Factorials exist for whole numbers from 0 only.');
  if (value > LARGEST_FACTORIAL) throw mathError(`The result is too large: factorials go up to ${LARGEST_FACTORIAL}!.`);
  let product = 1;
  for (let factor = 2; factor <= value; factor++) product *= factor;
  return product;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestDivisor(b, a % b);
}

function leastMultiple(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : whole(Math.abs((a / greatestDivisor(a, b)) * b));
}

function whole(value: number): number {
  if (!Number.isSafeInteger(value)) throw mathError('gcd and lcm work on whole numbers below 9e15 only.');
  return value;
}

function withoutNoise(value: number): number {
  return Math.abs(value) < NOISE ? 0 : value;
}

/** 1.005 * 100 is 100.5 and not 100.49999999999999. */
function tidy(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(14));
}
