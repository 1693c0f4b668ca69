import { describe, expect, it } from 'vitest';
import type { CozyError } from '../../core/errors/cozy.error.js';
import type { UploadedForm } from '../auth/authenticated-request.js';
import { sentDocument } from './knowledge-body.js';
import { NewDocumentDto } from './knowledge.dto.js';

const dtoOf = (json: string) => Object.assign(new NewDocumentDto(), JSON.parse(json));
const file: UploadedForm = { buffer: Buffer.from('x'), mimetype: 'text/plain', originalname: 'x.txt' };

describe('a document as it is sent', () => {
  it('may say null for what it leaves out', () => {
    const dto = dtoOf('{"text": "x", "title": null, "metadata": null, "shared": null, "content_type": null}');
    const expected = { title: null, metadata: {}, isShared: false, body: Buffer.from('x') };
    expect(sentDocument(dto, undefined)).toMatchObject(expected);
    expect(sentDocument(dtoOf('{"text": null}'), file)).toMatchObject(expected);
  });

  it('with a null for its text is refused, and is no fault of the server', () => {
    let refused: unknown;
    try {
      sentDocument(dtoOf('{"text": null}'), undefined);
    } catch (error) {
      refused = error;
    }
    expect((refused as CozyError).code).toBe('VALIDATION_FAILED');
  });
});
