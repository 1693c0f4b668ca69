import { Injectable } from '@nestjs/common';
import { ChunkRepository } from '../../../storage/documents/chunk.repository.js';
import { DocumentRepository } from '../../../storage/documents/document.repository.js';

/** Where the built-in engine keeps documents, and the pieces they are found by. */
@Injectable()
export class KnowledgeStores {
  constructor(
    readonly documents: DocumentRepository,
    readonly chunks: ChunkRepository,
  ) {}
}
