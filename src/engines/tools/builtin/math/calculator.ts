import { type BuiltinTool, quoted } from '../builtin-tool.js';
import { evaluate, KNOWN_NAMES, type ParsedNode } from './arithmetic.js';
import { mathError } from './arithmetic-functions.js';
import { numberText } from './number-text.js';

const MAX_LENGTH = 500;

const DESCRIPTION =
  'Calculates an arithmetic expression exactly as written. Use it for every calculation that is not trivial, instead ' +
  'of calculating yourself. Operators: + - * / ^ (or **) ! and parentheses. Percent: 10% is 0.1, 200 + 10% is 220, ' +
  '200 - 10% is 180, and a % b between two numbers is the remainder. Angles are in radians (sin(30 * pi / 180)). ' +
  `log(x) and ln(x) are natural, log(x, b) is to base b. Known are the ${KNOWN_NAMES}.`;

const PARAMETERS = {
  type: 'object',
  additionalProperties: false,
  required: ['expression'],
  properties: {
    expression: {
      type: 'string',
      minLength: 1,
      maxLength: MAX_LENGTH,
      description: 'Plain numbers without thousands separators or units, decimals with a point.',
      examples: ['(1299.90 + 49) * 1.19', 'sqrt(2) ^ 3', '250 - 15%', 'round(100 / 7, 2)'],
    },
  },
};

export function calculatorTool(): BuiltinTool {
  return {
    definition: {
      name: 'calculator',
      description: DESCRIPTION,
      parameters: PARAMETERS,
      level: 'read_only',
      server: null,
    },
    async run({ expression }: { expression: string }) {
      const value = evaluate(await parsed(expression));
      const result = numberText(value);
      // Numbers as large as that are rounded to what 64 bits hold.
      const isRounded = Math.abs(value) > Number.MAX_SAFE_INTEGER;
      return {
        text: isRounded ? `about ${result} (rounded to 14 digits)` : result,
        structured: { expression, result: Number(result) },
      };
    },
  };
}

async function parsed(expression: string): Promise<ParsedNode> {
  if (expression.length > MAX_LENGTH) throw mathError(`The expression is longer than ${MAX_LENGTH} characters.`);
  const text = withPlainOperators(expression);
  // mathjs would read it as a remainder, people read it as a percentage.
  if (/%\s*[+-]/.test(text)) {
    throw mathError('A sign after "%" can be read in two ways. Write (10%) - 3 for a percentage or mod(10, -3).');
  }
  // Loading it takes a good tenth of a second, so the first calculation loads it, and only its part for plain numbers.
  const { parse } = await import('mathjs/number');
  try {
    return parse(text);
  } catch (error) {
    throw unreadable(error, expression);
  }
}

/** One character for one, so that positions in messages stay right. */
function withPlainOperators(expression: string): string {
  return expression
    .replaceAll('**', ' ^')
    .replaceAll(/[×·⋅∙]/g, '*')
    .replaceAll(/[÷∕]/g, '/')
    .replaceAll(/[−–]/g, '-');
}

function unreadable(error: unknown, expression: string): Error {
  const position = error instanceof Error && 'char' in error && typeof error.char === 'number' ? error.char : 1;
  const rest = expression.slice(Math.max(0, position - 1)).trim();
  const place = rest === '' ? 'it ends too early' : `trouble begins at ${quoted(rest)}`;
  return mathError(
    `The expression cannot be read: ${place}. Check the parentheses, and write numbers without thousands separators.`,
  );
}
