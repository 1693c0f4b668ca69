import { applyDecorators } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { ApiProperty } from '../docs/document.decorator.js';

/** The functions that the client offers; what each may hold is read where the request is. */
export const OfferedTools = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      required: false,
      nullable: true,
      type: 'array',
      maxItems: 128,
      items: { type: 'object', additionalProperties: true },
    }),
    IsOptional(),
  );

export const ToolChoice = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      required: false,
      nullable: true,
      oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }],
    }),
    IsOptional(),
  );
