import { isUtf8 } from 'node:buffer';
import { DOCUMENT_TYPES, type DocumentType } from '../domain/document.js';
import { CozyError } from '../errors/cozy.error.js';

/** What the sender says of a document; believed only where the content does not tell. */
export interface DocumentHints {
  contentType?: string;
  fileName?: string;
}

const PDF_MARK = Buffer.from('%PDF-');
/** Some writers put a few bytes before the mark. */
const PDF_MARK_WITHIN = 1024;
const LOOKED_AT = 4096;
const HTML_START = /^(?:<\?xml[^>]*>|<!--[^]*?-->|\s)*<(?:!doctype\s+html|html|head|body)\b/i;
const HTML_TAG = /<\/?(?:p|div|h[1-6]|ul|ol|li|table|span|a|br|article|section|main|title)\b[^<]{0,500}>/i;
const MARKDOWN_NAME = /\.(?:md|markdown|mdown|mkd)$/i;
const MARKDOWN_HEADING = /^#{1,6} \S/m;
const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/** What a document is, by its content. Throws VALIDATION_DOCUMENT where it is none that can be read. */
export function documentType(body: Uint8Array, hints: DocumentHints): DocumentType {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const declared = DOCUMENT_TYPES.find((type) => type === hints.contentType?.split(';', 1)[0]?.trim().toLowerCase());
  if (bytes.subarray(0, PDF_MARK_WITHIN).includes(PDF_MARK)) return 'application/pdf';
  if (declared === 'application/pdf') throw refused('The file is no PDF, though it is said to be one.');
  if (UTF16_MARKS.some((mark) => bytes.subarray(0, mark.length).equals(mark))) {
    throw refused('The text is in UTF-16. Send it in UTF-8.');
  }
  if (bytes.includes(0)) throw refused('The file is neither text, Markdown, HTML nor PDF.');
  if (!isUtf8(bytes)) throw refused('The text is not valid UTF-8. Send it in UTF-8.');
  return textType(bytes.toString('utf8', 0, LOOKED_AT).replace(/^\uFEFF/, ''), declared, hints.fileName ?? '');
}

function textType(start: string, declared: DocumentType | undefined, fileName: string): DocumentType {
  if (HTML_START.test(start)) return 'text/html';
  if (declared === 'text/html' && HTML_TAG.test(start)) return 'text/html';
  if (declared === 'text/markdown' || MARKDOWN_NAME.test(fileName)) return 'text/markdown';
  return declared === undefined && MARKDOWN_HEADING.test(start) ? 'text/markdown' : 'text/plain';
}

const refused = (message: string) => new CozyError('VALIDATION_DOCUMENT', { message });
