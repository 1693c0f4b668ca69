import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { CozyError } from '../../core/errors/cozy.error.js';
import { flawsOf } from '../../core/util/strict-validation.js';
import { convertersOf } from './converters.js';

type DtoClass = new () => object;

const MAX_TOLD = 20;
const BUILT_IN: readonly unknown[] = [String, Boolean, Number, Array, Object, undefined];
const fieldsOf = new Map<DtoClass, readonly string[]>();

function fields(type: DtoClass): readonly string[] {
  let known = fieldsOf.get(type);
  if (!known) {
    const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    known = [...new Set(metadata.map(({ propertyName }) => propertyName))];
    fieldsOf.set(type, known);
  }
  return known;
}

/** One error for all that is wrong: the first flaw as message and param, all of them in the details. */
export function validationError(errors: ValidationError[]): CozyError {
  const flaws = flawsOf(errors).slice(0, MAX_TOLD);
  const [first] = flaws;
  return new CozyError('VALIDATION_FAILED', {
    ...(first && { message: `${first.path} ${first.reason}.`, param: first.path }),
    details: { errors: flaws },
  });
}

/** The known fields of `plain` as an instance of the class, nothing else: unknown fields cost nothing and do nothing. */
export function readDto<T extends object>(type: new () => T, plain: object): T {
  const dto = new type();
  const converters = convertersOf(type);
  for (const field of fields(type)) {
    const value: unknown = Object.hasOwn(plain, field) ? (plain as Record<string, unknown>)[field] : undefined;
    if (value === undefined) continue;
    const convert = converters.get(field);
    (dto as Record<string, unknown>)[field] = convert ? convert(value, readDto) : value;
  }
  return dto;
}

/**
 * Bodies and query strings become DTOs, or VALIDATION_FAILED. Unknown fields are ignored, as clients send newer ones.
 * Nest's own pipe would copy the whole body first, and takes seconds over one of many thousand keys.
 */
@Injectable()
export class DtoPipe implements PipeTransform {
  transform(value: unknown, { metatype }: ArgumentMetadata): unknown {
    if (BUILT_IN.includes(metatype)) return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new CozyError('VALIDATION_FAILED', { message: 'The body must be a JSON object.' });
    }
    const dto = readDto(metatype as DtoClass, value);
    const errors = validateSync(dto, { forbidUnknownValues: false });
    if (errors.length > 0) throw validationError(errors);
    return dto;
  }
}
