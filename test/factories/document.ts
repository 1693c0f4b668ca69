import { newId } from '../../src/core/util/ids.js';
import type { Dataset, NewDocument } from '../../src/engines/knowledge/knowledge.port.js';

/** A text in somebody's dataset; of what is shared somebody must be the uploader. */
export const documentOf = (dataset: Dataset, text: string, more: Partial<NewDocument> = {}): NewDocument => ({
  id: newId(),
  dataset,
  uploaderId: dataset.ownerId ?? newId(),
  title: 'Handbook',
  contentType: 'text/plain',
  body: Buffer.from(text),
  metadata: {},
  ...more,
});
