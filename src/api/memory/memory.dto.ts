import { QueryInteger, Text } from '../dto/field.decorator.js';

export class MemoryPageDto {
  @QueryInteger({ min: 1, max: 200, optional: true }) limit?: number;
  @Text({ min: 1, max: 512, optional: true, description: 'The next_cursor of the page before.' }) cursor?: string;
}

export class NewMemoryDto {
  @Text({ min: 1, max: 4000, example: 'My sister is called Eva.' }) text: string;
}

export class FactDto {
  @Text({
    min: 1,
    max: 64,
    pattern: /^[a-z][a-z0-9_.-]*$/,
    patternMessage: 'must be of a-z, 0-9, _, . and -, starting with a letter',
    example: 'home',
  })
  key: string;
  @Text({ min: 1, max: 1000, example: 'Porto' }) value: string;
}
