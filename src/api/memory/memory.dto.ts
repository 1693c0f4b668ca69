import { Choice, Instant, QueryInteger, Text } from '../dto/field.decorator.js';

export class MemoryPageDto {
  @Text({
    max: 1000,
    optional: true,
    description: 'What to look for: the nearest come first, at most 100, each with its score, and without a next page.',
    example: 'the name of my dog',
  })
  q?: string;
  @QueryInteger({ min: 1, max: 200, optional: true }) limit?: number;
  @Text({ min: 1, max: 512, optional: true, description: 'The next_cursor of the page before.' }) cursor?: string;
  @Choice(['conversation'], {
    optional: true,
    description: 'Lists also what the user asked and the companion replied. A search looks through it in any case.',
  })
  include?: string;
}

export class NewMemoryDto {
  @Text({ min: 1, max: 4000, example: 'My sister is called Eva.' }) text: string;
  @Instant({
    optional: true,
    description: 'When it was said, for what is brought in from elsewhere; not in the future. Now, if not given.',
  })
  created_at?: string;
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
