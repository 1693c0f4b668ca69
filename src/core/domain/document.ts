/** What documents may be. */
export const DOCUMENT_TYPES = ['text/plain', 'text/markdown', 'text/html', 'application/pdf'] as const;
export type DocumentType = (typeof DOCUMENT_TYPES)[number];

/** How a dataset may be called: it stands in addresses. */
export const DATASET_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** `pending`: kept, and not found by searches yet; `ready`: found; `failed`: given up. */
export type DocumentStatus = 'pending' | 'ready' | 'failed';
