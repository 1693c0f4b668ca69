import { quoted } from '../builtin-tool.js';
import { type ArithmeticFunction, CONSTANTS, FUNCTIONS, mathError, OPERATORS } from './arithmetic-functions.js';

/** What is read of mathjs' nodes; whatever else they can do is not used. */
export interface ParsedNode {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: string;
  readonly fn?: string | ParsedNode;
  readonly implicit?: boolean;
  readonly args?: readonly ParsedNode[];
  readonly content?: ParsedNode;
}

const MOST_NODES = 1000;
const DEEPEST = 100;

/**
 * Works out a parsed expression: numbers, the operators and functions of the tables, nothing else. It counts what it
 * visits, as a short text can be a large tree: mathjs makes `a + b%` into `a + a * b / 100`, so nested ones double.
 */
export function evaluate(root: ParsedNode): number {
  let nodes = 0;

  function visit(node: ParsedNode, depth: number): number {
    nodes += 1;
    if (nodes > MOST_NODES || depth > DEEPEST) {
      throw mathError('The expression is too complex. Split it into several calculations.');
    }
    const inner = (part: ParsedNode): number => visit(part, depth + 1);
    switch (node.type) {
      case 'ConstantNode':
        return finite(constant(node.value));
      case 'SymbolNode':
        return named(node.name ?? '');
      case 'ParenthesisNode':
        return inner(node.content ?? node);
      case 'OperatorNode':
        return finite(operation(node, inner));
      case 'FunctionNode':
        return finite(call(node, inner));
      default:
        throw mathError(
          'Only arithmetic is possible here: numbers, + - * / ^ % !, parentheses and functions. No variables, ' +
            'assignments, comparisons, lists or text.',
        );
    }
  }

  return visit(root, 0);
}

/** The names that an expression may use, for descriptions and messages. */
export const KNOWN_NAMES =
  `functions ${[...FUNCTIONS.keys()].join(', ')}; ` +
  `constants ${[...CONSTANTS.keys()].filter((name) => name !== 'π').join(', ')}`;

function constant(value: unknown): number {
  if (typeof value === 'number') return value;
  throw mathError('The expression must be made of numbers, such as (3 + 4) * 2.');
}

function named(name: string): number {
  const value = CONSTANTS.get(name);
  if (value !== undefined) return value;
  if (FUNCTIONS.has(name)) throw mathError(`${name} is a function. Write ${name}(…) with parentheses.`);
  throw unknownName(name);
}

function operation(node: ParsedNode, inner: (part: ParsedNode) => number): number {
  const operator = typeof node.fn === 'string' ? OPERATORS.get(node.fn) : undefined;
  if (operator === undefined) throw mathError('This operator is not known. Use + - * / ^ % and !.');
  const values = (node.args ?? []).map(inner);
  // Whether 6/2(1+2) is 9 or 1 is an old quarrel.
  if (node.implicit === true) throw mathError('Write every multiplication with "*", for example 2 * (3 + 4).');
  return operator.apply(...values);
}

function call(node: ParsedNode, inner: (part: ParsedNode) => number): number {
  const name = typeof node.fn === 'object' && node.fn.type === 'SymbolNode' ? (node.fn.name ?? '') : '';
  const known = FUNCTIONS.get(name);
  if (known === undefined) throw unknownName(name);
  const args = node.args ?? [];
  if (args.length < known.least || args.length > known.most) throw mathError(`${name} takes ${arity(known)}.`);
  return known.apply(...args.map(inner));
}

function arity({ least, most }: ArithmeticFunction): string {
  if (least === most) return least === 1 ? 'one number' : `${least} numbers`;
  return `${least} to ${most} numbers`;
}

function unknownName(name: string): Error {
  return mathError(`The name ${quoted(name)} is not known here. Known are the ${KNOWN_NAMES}.`);
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw mathError(
    Number.isNaN(value) ? 'The result is not defined.' : 'The result is too large: numbers end near 1.8e308.',
  );
}
