import { describe, expect, it } from 'vitest';
import type { ToolCaller } from '../../tool.port.js';
import { calculatorTool } from './calculator.js';

const CALLER: ToolCaller = { userId: 'u', sessionId: null, personalityId: 'p', datasets: [] };
const calculate = async (expression: string) =>
  calculatorTool().run({ expression }, CALLER, new AbortController().signal);

describe('calculator', () => {
  it.each([
    ['1 + 2 * 3', '7'],
    ['(1 + 2) * 3', '9'],
    ['0.1 + 0.2', '0.3'],
    ['0.1 + 0.2 - 0.3', '0'],
    ['0.3 - 0.1', '0.2'],
    ['4.35 * 100', '435'],
    ['1 / 3', '0.33333333333333'],
    ['(1299.90 + 49) * 1.19', '1605.191'],
    ['-2 ^ 2', '-4'],
    ['2 ** 10', '1024'],
    ['2 ^ 3 ^ 2', '512'],
    ['2 ^ -1', '0.5'],
    ['7 % 3', '1'],
    ['-7 % 3', '2'],
    ['7 mod -3', '-2'],
    ['0.3 % 0.1', '0'],
    ['10%', '0.1'],
    ['200 + 10%', '220'],
    ['200 - 10%', '180'],
    ['200 * 10%', '20'],
    ['(10%) - 3', '-2.9'],
    ['5!', '120'],
    ['3!!', '720'],
    ['factorial(0)', '1'],
    ['170!', 'about 7.257415615308e+306 (rounded to 14 digits)'],
    ['2 ^ 53 - 1', '9007199254740991'],
    ['9007199254740991 - 9007199254740990', '1'],
    ['2 ^ 64', 'about 1.844674407371e+19 (rounded to 14 digits)'],
    ['1e-7 * 3', '3e-7'],
    ['-0', '0'],
    ['+5', '5'],
    ['.5 + 5.', '5.5'],
    ['0x10 + 0b11', '19'],
    ['3 × 4 ÷ 2 − 1', '5'],
    ['2 * π', '6.2831853071796'],
    ['tau - 2 * pi', '0'],
    ['1 # a comment', '1'],
  ])('%s is %s', async (expression, expected) => {
    expect((await calculate(expression)).text).toBe(expected);
  });

  it.each([
    ['sqrt(16)', 4],
    ['cbrt(-8)', -2],
    ['sqrt(2) ^ 2 - 2', 0],
    ['abs(-3)', 3],
    ['round(2.5)', 3],
    ['round(-2.5)', -3],
    ['round(1.005, 2)', 1.01],
    ['round(100 / 7, 2)', 14.29],
    ['floor(-1.5)', -2],
    ['floor(0.29 * 100)', 29],
    ['ceil(1.1)', 2],
    ['ceil(1.1 * 100)', 110],
    ['min(3, 1, 2)', 1],
    ['max(3, 1, 2)', 3],
    ['ln(e)', 1],
    ['log(e ^ 2)', 2],
    ['log(8, 2)', 3],
    ['log10(1000)', 3],
    ['log2(8)', 3],
    ['exp(0)', 1],
    ['sin(pi)', 0],
    ['sin(30 * pi / 180)', 0.5],
    ['cos(pi / 2)', 0],
    ['tan(pi / 4)', 1],
    ['asin(1) * 2 / pi', 1],
    ['acos(1)', 0],
    ['atan(1) * 4 / pi', 1],
    ['pow(2, 8)', 256],
    ['mod(10, -3)', -2],
    ['gcd(12, 18, 27)', 3],
    ['lcm(4, 6)', 12],
    ['lcm(0, 5)', 0],
  ])('%s is %d', async (expression, result) => {
    expect((await calculate(expression)).structured).toEqual({ expression, result });
  });
});

describe('what the calculator refuses', () => {
  it.each([
    ['9**9**9**9', 'too large'],
    ['9!!!!', 'too large'],
    ['171!', 'too large'],
    ['1e400', 'too large'],
    ['-(10 ^ 308) * 10', 'too large'],
    ['exp(1000)', 'too large'],
    ['1 / 0', 'divides by zero'],
    ['0 ^ -1', 'divides by zero'],
    ['5 % 0', 'divides by zero'],
    ['sqrt(-1)', 'no real number'],
    ['(-8) ^ (1 / 3)', 'cbrt'],
    ['ln(0)', 'above zero'],
    ['asin(2)', '-1 to 1'],
    ['tan(pi / 2)', 'does not exist'],
    ['(-1)!', 'whole numbers'],
    ['1.5!', 'whole numbers'],
    ['gcd(1.5, 2)', 'whole numbers'],
    ['round(1, 99)', '0 to 15'],
    ['10% - 3', 'two ways'],
    ['2 pi', 'Write every multiplication'],
    ['6/2(1+2)', 'Write every multiplication'],
    ['sqrt 4', 'sqrt is a function'],
    ['sqrt', 'sqrt is a function'],
    ['sqrt()', 'sqrt takes one number'],
    ['pow(1)', 'pow takes 2 numbers'],
    ['round(1, 2, 3)', 'round takes 1 to 2 numbers'],
    ['5 cm', '"cm" is not known'],
    ['x + 1', '"x" is not known'],
    ['foo(1)', '"foo" is not known'],
    ['1,000 + 1', 'thousands separators'],
    ['(1 + 2', 'ends too early'],
    ['1 + 2)', 'trouble begins at ")"'],
    ['1 +', 'ends too early'],
    ['√4', 'cannot be read'],
    ['', 'made of numbers'],
    ['# only a comment', 'made of numbers'],
    ['true', 'made of numbers'],
    ['null', 'made of numbers'],
    ['"a"', 'made of numbers'],
  ])('%s: %s', async (expression, words) => {
    const error: unknown = await calculate(expression).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID', param: 'expression' });
    expect(String(error)).toMatch(words);
  });

  it.each([
    'a = 1',
    'f(x) = x',
    'f(x) = f(x); f(1)',
    '1; 2',
    '1\n2',
    '[1, 2]',
    '[1, 2][1]',
    '{a: 1}',
    '{a: 1}.a',
    '1:3',
    '1 ? 2 : 3',
    '1 < 2',
    '1 < 2 < 3',
    '1 == 1',
    'not 1',
    '1 and 1',
    '1 | 2',
    '~1',
    '1 << 2',
    "2'",
    '2 .^ 2',
    '5 to cm',
    '5 cm to inch',
    'pi.constructor',
    'sin.constructor("return process")()',
    'constructor',
    '__proto__',
    'toString(1)',
    'hasOwnProperty(1)',
    'import({})',
    'evaluate("1")',
    'parse("1")',
    'createUnit("a")',
    'simplify("1")',
    'range(1, 1e9)',
    'zeros(1e9)',
    'random()',
    'i',
    'Infinity',
    'NaN',
    'version',
    'process.exit()',
    'Math.sin(1)',
    'cos = 1',
  ])('%s, as it is no arithmetic', async (expression) => {
    await expect(calculate(expression)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID' });
  });

  it.each([
    ['a long one', '1+'.repeat(250) + '1'],
    ['deep parentheses', `${'('.repeat(240)}1${')'.repeat(240)}`],
    ['many signs', `${'-'.repeat(499)}1`],
    ['nested calls', `${'sqrt('.repeat(82)}1${')'.repeat(82)} + ${'('.repeat(40)}`],
    ['unclosed parentheses', '('.repeat(500)],
    // mathjs turns a + b% into a + a * b / 100, so the tree doubles with every term.
    ['percentages that double', `${'('.repeat(90)}1${'+1%)'.repeat(90)}`],
    ['towers of powers', `9${'^9'.repeat(240)}`],
    ['a hundred arguments too many', `max(${'1,'.repeat(150)}1)`],
  ])('%s, without hanging', async (_, expression) => {
    await expect(calculate(expression)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID' });
  });
});
