import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { AnyFilesInterceptor } from '@nestjs/platform-express';
import type { Request } from 'express';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { UploadedAudio } from '../../orchestration/speech/audio-format.js';

/** As OpenAI's own limit. */
const MOST_BYTES = 25 * 1024 * 1024;
const FILE_FIELDS = ['file', 'audio'];

interface ReceivedFile {
  fieldname: string;
  originalname: string;
  mimetype: string;
  buffer: Buffer;
}

/** Reads a form with one file into memory, after the guard has let its sender in. Too large a file is a 413. */
export const AudioUpload = () =>
  AnyFilesInterceptor({
    limits: { fileSize: MOST_BYTES, files: 1, fields: 40, fieldSize: 65_536, fieldNameSize: 100, parts: 41 },
  });

/** The recording of a form. */
export const Recording = createParamDecorator((_: unknown, context: ExecutionContext): UploadedAudio => {
  const { files } = context.switchToHttp().getRequest<Request & { files?: ReceivedFile[] }>();
  const file = files?.find(({ fieldname }) => FILE_FIELDS.includes(fieldname));
  if (!file) {
    throw new CozyError('VALIDATION_FAILED', {
      message: 'file is missing. Send the recording as the field "file" of a multipart form.',
      param: 'file',
    });
  }
  return { bytes: file.buffer, name: file.originalname, mediaType: file.mimetype };
});
