import { DATASET_NAME } from '../../core/domain/document.js';
import { FormFlag, FormTree, Integer, QueryInteger, Text } from '../dto/field.decorator.js';

export class DatasetDto {
  @Text({
    min: 1,
    max: 64,
    pattern: DATASET_NAME,
    patternMessage: 'must be 1 to 64 of a-z, 0-9, _ and -, starting with a letter or a digit',
    example: 'documents',
  })
  dataset: string;
}

export class DocumentPageDto {
  @QueryInteger({ min: 1, max: 200, optional: true }) limit?: number;
  @Text({ min: 1, max: 512, optional: true, description: 'The next_cursor of the page before.' }) cursor?: string;
}

export class NewDocumentDto {
  @Text({ min: 1, max: 200, optional: true, description: 'Its own, or its beginning, where it is not given.' })
  title?: string;
  @Text({ min: 1, max: 1_048_576, optional: true, description: 'The text, where no file is sent.' }) text?: string;
  @Text({
    max: 128,
    optional: true,
    description: 'text/plain, text/markdown or text/html; where it is not given, the content tells.',
  })
  content_type?: string;
  @FormTree({ maxBytes: 16_384, optional: true, description: 'Your own facts, given back with the document.' })
  metadata?: Record<string, unknown>;
  @FormFlag({ optional: true, description: 'For everybody. Admins only.' }) shared?: boolean;
}

export class DocumentRemovalDto {
  @FormFlag({ optional: true, description: 'One of those that are for everybody. Admins only.' }) shared?: boolean;
}

export class KnowledgeSearchDto {
  @Text({ min: 1, max: 2000, example: 'How long is the warranty?' }) query: string;
  @Integer({ min: 1, max: 50, optional: true }) top_k?: number;
}
