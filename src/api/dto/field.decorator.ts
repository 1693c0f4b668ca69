import { applyDecorators } from '@nestjs/common';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsISO8601,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { instantOf } from '../../core/util/instant.js';
import { ApiProperty, schemaPath } from '../docs/document.decorator.js';
import { boundedBody } from '../http/json-body.js';
import { registerConverter } from './converters.js';

/** One decorator a field: what is checked is what /openapi.json says. Null counts as "not given". */
interface FieldOptions {
  optional?: boolean;
  description?: string;
  example?: unknown;
}

type Property = PropertyDecorator[];

function field(options: FieldOptions, schema: Record<string, unknown>, checks: Property): PropertyDecorator {
  const { optional = false, description, example } = options;
  return applyDecorators(
    ApiProperty({
      required: !optional,
      ...schema,
      ...(optional && { nullable: true }),
      ...(description !== undefined && { description }),
      ...(example !== undefined && { example }),
    }),
    ...(optional ? [IsOptional()] : []),
    ...checks,
  );
}

interface TextOptions extends FieldOptions {
  min?: number;
  max: number;
  pattern?: RegExp;
  patternMessage?: string;
}

export const Text = ({ min = 0, max, pattern, patternMessage, ...options }: TextOptions): PropertyDecorator =>
  field(options, { type: 'string', minLength: min, maxLength: max, ...(pattern && { pattern: pattern.source }) }, [
    IsString(),
    MinLength(min),
    MaxLength(max),
    ...(pattern ? [Matches(pattern, { message: patternMessage ?? 'has the wrong form' })] : []),
  ]);

export const Email = (options: FieldOptions = {}): PropertyDecorator =>
  field(options, { type: 'string', format: 'email', maxLength: 254 }, [IsEmail(), MaxLength(254)]);

/** Weeks and days of the year are ISO 8601, too, but no instants that JavaScript reads. */
const IsInstant = () =>
  ValidateBy({
    name: 'isInstant',
    validator: {
      validate: (value) => typeof value === 'string' && instantOf(value) !== undefined,
      defaultMessage: () => 'must be a date and time such as 2030-01-31T12:00:00Z',
    },
  });

/** Read with `instantOf`: without a zone it is UTC. */
export const Instant = (options: FieldOptions = {}): PropertyDecorator =>
  field(options, { type: 'string', format: 'date-time', maxLength: 40 }, [
    IsISO8601({ strict: true }),
    IsInstant(),
    MaxLength(40),
  ]);

interface RangeOptions extends FieldOptions {
  min: number;
  max: number;
}

export const Integer = ({ min, max, ...options }: RangeOptions): PropertyDecorator =>
  field(options, { type: 'integer', minimum: min, maximum: max }, [IsInt(), Min(min), Max(max)]);

const convertWith =
  (converter: Parameters<typeof registerConverter>[2]): PropertyDecorator =>
  (target, property) =>
    registerConverter(target, String(property), converter);

/** For query strings, where everything arrives as text. */
export const QueryInteger = (options: RangeOptions): PropertyDecorator =>
  applyDecorators(
    convertWith((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value)),
    Integer(options),
  );

export const Decimal = ({ min, max, ...options }: RangeOptions): PropertyDecorator =>
  field(options, { type: 'number', minimum: min, maximum: max }, [IsNumber(), Min(min), Max(max)]);

export const Flag = (options: FieldOptions = {}): PropertyDecorator =>
  field(options, { type: 'boolean' }, [IsBoolean()]);

/** For forms and query strings, where everything arrives as text. */
export const FormFlag = (options: FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    convertWith((value) => (value === 'true' ? true : value === 'false' ? false : value)),
    Flag(options),
  );

/** For forms, where an object arrives as JSON text. `maxBytes` of that text. */
export const FormTree = ({ maxBytes, ...options }: FieldOptions & { maxBytes: number }): PropertyDecorator =>
  applyDecorators(
    convertWith((value) => (typeof value === 'string' ? parsedTree(value) : value)),
    Tree(options),
    ValidateBy({
      name: 'maxJsonBytes',
      validator: {
        validate: (value) => Buffer.byteLength(JSON.stringify(value) ?? '') <= maxBytes,
        defaultMessage: () => `may hold ${maxBytes} bytes of JSON at most`,
      },
    }),
  );

/** What is no JSON stays a text, for the checks to refuse. */
function parsedTree(text: string): unknown {
  try {
    return boundedBody(JSON.parse(text));
  } catch {
    return text;
  }
}

export const Choice = (values: readonly string[], options: FieldOptions = {}): PropertyDecorator =>
  field(options, { type: 'string', enum: values }, [IsIn(values)]);

export const Tree = (options: FieldOptions = {}): PropertyDecorator =>
  field(options, { type: 'object', additionalProperties: true }, [IsObject()]);

/** An object of one class. */
export const Part = (type: () => new () => object, options: FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    // What is no object becomes a text, which the checks refuse; null stays.
    convertWith((value, read) => (isPlainObject(value) ? read(type(), value) : value === null ? null : '')),
    field(options, { type: 'object' }, [IsObject(), ValidateNested()]),
  );

interface TextsOptions extends FieldOptions {
  min?: number;
  maxItems: number;
  max: number;
  values?: readonly string[];
}

export const Texts = ({ min = 0, maxItems, max, values, ...options }: TextsOptions): PropertyDecorator =>
  field(
    options,
    {
      type: 'array',
      items: { type: 'string', maxLength: max, ...(values && { enum: values }) },
      minItems: min,
      maxItems,
    },
    [
      IsArray(),
      ArrayMinSize(min),
      ArrayMaxSize(maxItems),
      IsString({ each: true }),
      MaxLength(max, { each: true }),
      ...(values ? [IsIn(values, { each: true })] : []),
    ],
  );

/** A list of objects of one class. Its length is judged before its entries are looked at. */
export const Items = (
  type: () => new () => object,
  { min = 0, maxItems, ...options }: FieldOptions & { min?: number; maxItems: number },
): PropertyDecorator =>
  applyDecorators(
    convertWith((value, read) => {
      if (!Array.isArray(value) || value.length > maxItems) return value;
      // What is no object becomes null, which the checks refuse; a list within the list would pass them.
      return value.map((entry: unknown) => (isPlainObject(entry) ? read(type(), entry) : null));
    }),
    field(options, { type: 'array', items: { $ref: schemaPath(type()) }, minItems: min, maxItems }, [
      IsArray(),
      ArrayMinSize(min),
      ArrayMaxSize(maxItems),
      ValidateNested({ each: true }),
    ]),
  );

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
