import { CozyError } from '../../core/errors/cozy.error.js';
import type { KnowledgeService, SentDocument } from '../../orchestration/knowledge/knowledge.service.js';
import type { UploadedForm } from '../auth/authenticated-request.js';
import type { NewDocumentDto } from './knowledge.dto.js';

type Document = Awaited<ReturnType<KnowledgeService['get']>>;
type Dataset = Awaited<ReturnType<KnowledgeService['datasets']>>[number];
type Passage = Awaited<ReturnType<KnowledgeService['search']>>[number];

export const documentBody = (document: Document) => ({
  id: document.id,
  dataset: document.dataset,
  title: document.title,
  content_type: document.contentType,
  status: document.status,
  error_code: document.errorCode,
  chunks: document.chunks,
  shared: document.isShared,
  metadata: document.metadata,
  created_at: document.createdAt.toISOString(),
});

export const datasetBody = ({ name, isShared, documents, chunks }: Dataset) => ({
  dataset: name,
  shared: isShared,
  documents,
  chunks,
});

export const passageBody = ({ text, source, documentId, score }: Passage) => ({
  text,
  source,
  document_id: documentId,
  score,
});

/** A form with a file, or a text: one of the two. Clients send null for what they leave out, too. */
export function sentDocument(dto: NewDocumentDto, file: UploadedForm | undefined): SentDocument {
  return {
    title: dto.title ?? null,
    metadata: dto.metadata ?? {},
    isShared: dto.shared ?? false,
    ...contentOf(dto.text ?? undefined, file),
    ...(dto.content_type && { contentType: dto.content_type }),
  };
}

function contentOf(text: string | undefined, file: UploadedForm | undefined) {
  if (file !== undefined && text === undefined) {
    return { body: file.buffer, contentType: file.mimetype, fileName: file.originalname };
  }
  if (text !== undefined && file === undefined) {
    return { body: Buffer.from(text), contentType: undefined, fileName: undefined };
  }
  throw new CozyError('VALIDATION_FAILED', {
    param: file ? 'text' : 'file',
    message: 'Send either a text (as JSON: {"text": "…"}) or a form with one file, called "file".',
  });
}
