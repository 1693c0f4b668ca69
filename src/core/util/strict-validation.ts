import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';

/** One thing wrong with a value: where (a path such as `ai.others[0].name`) and why. */
export interface Flaw {
  path: string;
  reason: string;
}

const join = (prefix: string, key: string) => {
  if (/^\d+$/.test(key)) return `${prefix}[${key}]`;
  return prefix ? `${prefix}.${key}` : key;
};

function unknownKeyReason(target: object | undefined): string {
  const metadata = target
    ? getMetadataStorage().getTargetValidationMetadatas(target.constructor, '', false, false)
    : [];
  const known = [...new Set(metadata.map(({ propertyName }) => propertyName))].toSorted();
  return known.length > 0 ? `is not a known key; known here: ${known.join(', ')}` : 'is not a known key';
}

/** All flaws of a class-validator result, nested ones with their full path. */
export function flawsOf(errors: ValidationError[], prefix = ''): Flaw[] {
  return errors.flatMap((error) => {
    const path = join(prefix, error.property);
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
      path,
      reason: rule === 'whitelistValidation' ? unknownKeyReason(error.target) : withoutSubject(message, error.property),
    }));
    return [...own, ...flawsOf(error.children ?? [], path)];
  });
}

/** class-validator starts its messages with the bare property; the path says it better. */
function withoutSubject(message: string, property: string): string {
  if (message.startsWith(`${property} `)) return message.slice(property.length + 1);
  return message.replace(`each value in ${property} `, 'each entry ');
}

/** Nulls count as "not given": an empty YAML value must not break a default. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== null)
      .map(([key, entry]) => [key, withoutNulls(entry)]),
  );
}

/** Turns plain data into an instance of the class, defaults filled in; every unknown key and broken bound is a flaw. */
export function validateStrictly<T extends object>(
  type: ClassConstructor<T>,
  plain: Record<string, unknown>,
): { value: T; flaws: Flaw[] } {
  const value = plainToInstance(type, withoutNulls(plain), { exposeDefaultValues: true });
  const errors = validateSync(value, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  return { value, flaws: flawsOf(errors) };
}
