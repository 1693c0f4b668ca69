import { _, type Ajv, type CodeKeywordDefinition, type KeywordCxt, type Options, type ValidateFunction } from 'ajv';
import { CozyError } from '../../core/errors/cozy.error.js';

const MOST_CHECK_MS = 500;
/** Values of the arguments times values of the schema. */
const MOST_STEPS = 10_000_000;
const MOST_STEPS_FOR_ALL_ERRORS = 300_000;
const TOO_MANY = 'The arguments hold too many values for the schema of the tool. Send fewer at once.';
const TOO_LONG = 'The tool cannot be used with these arguments: its schema takes too long to check.';
const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef'];

/** What costs more than the size of the arguments: a stranger's regular expression can take hours. */
const COSTLY = ['pattern', 'patternProperties', 'uniqueItems'];
/** What would refuse too much once the costly ones accept everything: whatever turns a yes into a no. */
const CONTRARY = ['not', 'if', 'then', 'else', 'contains', 'unevaluatedProperties', 'unevaluatedItems'];

/** For `additionalProperties`, which reads `patternProperties` by itself: any name may be one of those. */
const anyName = Object.assign(() => ({ test: () => true }), { code: 'anyName' });

/**
 * Compiles a schema from elsewhere so that no arguments can hold up the process. What it leaves out, the tool's own server
 * checks. Each part of a schema may look at each value: their product is bounded, and only where it is small, all that is
 * wrong is gathered. References, by which that can grow further, are followed for a limited time.
 */
export function compileForeign(
  Compiler: new (options: Options) => Ajv,
  options: Options,
  schema: Record<string, unknown>,
): (args: unknown) => ValidateFunction['errors'] {
  const clock = { until: Infinity };
  const compiled = new Map<boolean, ValidateFunction>();
  const parts = valuesIn(schema);
  return (args) => {
    const steps = parts * valuesIn(args);
    if (steps > MOST_STEPS) throw new CozyError('TOOL_ARGUMENTS_INVALID', { message: TOO_MANY, param: 'parameters' });
    const allErrors = steps <= MOST_STEPS_FOR_ALL_ERRORS;
    const validate = compiled.get(allErrors) ?? compile(Compiler, { ...options, allErrors }, schema, clock);
    compiled.set(allErrors, validate);
    clock.until = performance.now() + MOST_CHECK_MS;
    return validate(args) ? null : validate.errors;
  };
}

/** `inlineRefs` would copy what is referred to as often as it is. */
function compile(
  Compiler: new (options: Options) => Ajv,
  options: Options,
  schema: Record<string, unknown>,
  clock: { until: number },
): ValidateFunction {
  // The check of the schema itself follows references too, of a schema of ours.
  clock.until = Infinity;
  const ajv = new Compiler({ ...options, inlineRefs: false, code: { regExp: anyName } });
  if (isCostly(schema)) leaveOutCostly(ajv);
  for (const name of REFERENCES) {
    watch(ajv, name, () => {
      if (performance.now() > clock.until) throw new CozyError('TOOL_UNAVAILABLE', { message: TOO_LONG });
    });
  }
  return ajv.compile(schema);
}

/** How many values there are at all levels. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, entry) => sum + valuesIn(entry), 1);
}

/** A property of such a name counts too: rather one check less. */
function isCostly(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, entry]) => COSTLY.includes(key) || isCostly(entry));
}

function leaveOutCostly(ajv: Ajv): void {
  for (const name of [...COSTLY, ...CONTRARY]) ajv.removeKeyword(name);
  const anyOf = ajv.getKeyword('anyOf');
  if (typeof anyOf === 'object') ajv.removeKeyword('oneOf').addKeyword({ ...anyOf, keyword: 'oneOf' });
}

/** Has `onReference` called whenever a reference is followed. */
function watch(ajv: Ajv, name: string, onReference: () => void): void {
  const keyword = ajv.getKeyword(name);
  if (typeof keyword !== 'object' || !('code' in keyword)) return;
  const watched: CodeKeywordDefinition = {
    ...keyword,
    code: (cxt: KeywordCxt) => {
      cxt.gen.code(_`${cxt.gen.scopeValue('func', { ref: onReference })}()`);
      keyword.code(cxt);
    },
  };
  ajv.removeKeyword(name).addKeyword(watched);
}
