import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { Tool } from '../../engines/tools/tool.port.js';
import { compileForeign } from './foreign-schema.js';

const MOST_CHARACTERS = 65_536;
const MOST_DEPTH = 32;
const MOST_ERRORS = 5;
const OLDER_DRAFT = /draft-0[467]/;

/** `ownProperties`: nothing that an argument inherits counts as given. References are never fetched. */
const OPTIONS: Options = {
  strict: false,
  allErrors: true,
  ownProperties: true,
  useDefaults: true,
  validateFormats: false,
  logger: false,
};

const wrong = (message: string) => new CozyError('TOOL_ARGUMENTS_INVALID', { message, param: 'parameters' });
const tooLong = () => wrong(`The arguments are longer than ${MOST_CHARACTERS} characters.`);

/** Returns what is wrong with arguments; fills in defaults. */
type Check = (args: unknown) => readonly ErrorObject[] | null | undefined;

/** The arguments as the model wrote them. Throws TOOL_ARGUMENTS_INVALID with words that it can act on. */
export function parseArguments(text: string): Record<string, unknown> {
  if (text.length > MOST_CHARACTERS) throw tooLong();
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    throw wrong('The arguments are not valid JSON. Send one JSON object, with double quotes and no comments.');
  }
  return plainObject(value);
}

/** The arguments as an object. Throws TOOL_ARGUMENTS_INVALID. */
export function checkedObject(value: unknown): Record<string, unknown> {
  const args = plainObject(value);
  // Only once the depth is known to be bounded: this recurses too.
  if (JSON.stringify(args).length > MOST_CHARACTERS) throw tooLong();
  return args;
}

/** Refuses what is no plain object of bounded depth, and keys that could reach a prototype. */
function plainObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong('The arguments must be one JSON object.');
  }
  checkTree(value, 0);
  return value as Record<string, unknown>;
}

function checkTree(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > MOST_DEPTH) throw wrong(`The arguments are nested more than ${MOST_DEPTH} levels deep.`);
  if (Object.hasOwn(value, '__proto__')) throw wrong('The arguments may not hold the key "__proto__".');
  for (const entry of Object.values(value)) checkTree(entry, depth + 1);
}

/** Checks arguments against their tool's JSON schema; each schema is compiled once. */
export class ArgumentChecker {
  private readonly compiled = new WeakMap<Tool, Check>();

  /** Throws TOOL_ARGUMENTS_INVALID that says what to change; fills in the schema's defaults. */
  check(tool: Tool, args: Record<string, unknown>): void {
    const errors = this.errorsOf(tool, args) ?? [];
    if (errors.length === 0) return;
    const problems = errors.slice(0, MOST_ERRORS).map(problemOf);
    throw wrong(`The arguments of ${tool.name} are wrong: ${[...new Set(problems)].join('; ')}.`);
  }

  /** A schema from elsewhere can fail when it is compiled, and also when it is used: it may refer to itself for ever. */
  private errorsOf(tool: Tool, args: Record<string, unknown>): ReturnType<Check> {
    try {
      return this.compiledFor(tool)(args);
    } catch (cause) {
      if (cause instanceof CozyError) throw cause;
      throw new CozyError('TOOL_UNAVAILABLE', {
        message: `The tool ${tool.name} cannot be used: its schema is not valid.`,
        cause,
      });
    }
  }

  private compiledFor(tool: Tool): Check {
    const known = this.compiled.get(tool);
    if (known) return known;
    const check = checkOf(tool);
    this.compiled.set(tool, check);
    return check;
  }
}

function checkOf({ parameters, server }: Tool): Check {
  const { $schema, $id: _id, ...schema } = parameters;
  const Compiler = typeof $schema === 'string' && OLDER_DRAFT.test($schema) ? Ajv : Ajv2020;
  if (server !== null) return compileForeign(Compiler, OPTIONS, schema);
  const validate = new Compiler(OPTIONS).compile(schema);
  return (args) => (validate(args) ? null : validate.errors);
}

function problemOf({ instancePath, message = 'is wrong', params, keyword }: ErrorObject): string {
  const where = instancePath === '' ? '' : `${instancePath.slice(1).replaceAll('/', '.')} `;
  const extra: unknown = params['additionalProperty'] ?? params['unevaluatedProperty'];
  if (typeof extra === 'string') return `${where}has no field "${extra.slice(0, 64)}"`;
  const allowed: unknown = params['allowedValues'];
  if (keyword === 'enum' && Array.isArray(allowed)) return `${where}must be one of ${allowed.slice(0, 30).join(', ')}`;
  return `${where}${message}`;
}
