import { describe, expect, it } from 'vitest';
import { documentType, type DocumentHints } from './document-type.js';

const typeOf = (body: string | number[], hints: DocumentHints = {}) =>
  documentType(typeof body === 'string' ? Buffer.from(body) : Uint8Array.from(body), hints);

describe('what a document is', () => {
  it.each<[string, string, DocumentHints, string]>([
    ['a PDF', '%PDF-1.7 …', {}, 'application/pdf'],
    ['a PDF after a few bytes', 'junk\n%PDF-1.7 …', { contentType: 'text/plain' }, 'application/pdf'],
    ['a PDF that is called a text', '%PDF-1.7', { fileName: 'a.txt' }, 'application/pdf'],
    ['a page', '<!DOCTYPE html><p>x', {}, 'text/html'],
    ['a page after a comment', '<!-- c --> <html>', { contentType: 'text/plain' }, 'text/html'],
    [
      'a piece of a page, if it is said to be one',
      '<p>x</p>',
      { contentType: 'text/html; charset=utf-8' },
      'text/html',
    ],
    ['a piece of a page', '<p>x</p>', {}, 'text/plain'],
    ['no page, though it is said to be one', 'a < b', { contentType: 'text/html' }, 'text/plain'],
    ['Markdown by its name', 'x', { fileName: 'a.MD' }, 'text/markdown'],
    ['Markdown by its type', 'x', { contentType: 'text/markdown' }, 'text/markdown'],
    ['Markdown by its headings', 'x\n\n## y\n', {}, 'text/markdown'],
    ['a text with such lines', '# y', { contentType: 'text/plain' }, 'text/plain'],
    ['a text', '你好', { contentType: 'application/octet-stream', fileName: 'a.pdf' }, 'text/plain'],
    ['a text with a byte order mark', '\uFEFFx', {}, 'text/plain'],
  ])('%s', (_name, body, hints, type) => {
    expect(typeOf(body, hints)).toBe(type);
  });

  it.each<[string, number[] | string, DocumentHints, RegExp]>([
    ['a text that is said to be a PDF', 'x', { contentType: 'application/pdf' }, /no PDF/],
    ['an archive', [0x50, 0x4b, 3, 4, 0, 0], { fileName: 'a.docx' }, /neither text/],
    ['UTF-16', [0xff, 0xfe, 0x41, 0x00], {}, /UTF-16/],
    ['Latin-1', [0x63, 0x61, 0x66, 0xe9], {}, /UTF-8/],
    ['half a character', [0xe4, 0xbd], {}, /UTF-8/],
  ])('is refused where it is %s', (_name, body, hints, why) => {
    expect(() => typeOf(body, hints)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_DOCUMENT', message: expect.stringMatching(why) }),
    );
  });
});
