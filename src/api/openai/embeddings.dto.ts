import { IsDefined } from 'class-validator';
import { ApiProperty } from '../docs/document.decorator.js';
import { Choice, Integer, Text } from '../dto/field.decorator.js';

export class EmbeddingsDto {
  @Text({ min: 1, max: 256, example: 'text-embedding-3-small' }) model: string;

  @ApiProperty({
    oneOf: [
      { type: 'string' },
      { type: 'array', maxItems: 2048, items: { type: 'string' } },
      { type: 'array', maxItems: 8192, items: { type: 'integer' } },
      { type: 'array', maxItems: 2048, items: { type: 'array', items: { type: 'integer' } } },
    ],
  })
  @IsDefined()
  input: unknown;

  @Choice(['float', 'base64'], { optional: true }) encoding_format?: 'float' | 'base64';
  @Integer({ min: 1, max: 8192, optional: true }) dimensions?: number;
}
