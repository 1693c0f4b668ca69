import { CozyError } from '../../../core/errors/cozy.error.js';
import { DtoPipe } from '../../dto/dto.pipe.js';

const pipe = new DtoPipe();

/** Reads a part of an event; what is wrong is named below `path`. Throws VALIDATION_FAILED. */
export function readPart<Dto extends object>(given: unknown, shape: new () => Dto, path: string): Dto {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new CozyError('VALIDATION_FAILED', { param: path, message: `${path} must be an object.` });
  }
  try {
    return pipe.transform(given, { type: 'body', metatype: shape }) as Dto;
  } catch (error) {
    if (!(error instanceof CozyError)) throw error;
    const { code, message, details, param } = error;
    throw new CozyError(code, { message: `${path}.${message}`, details, param: param ? `${path}.${param}` : path });
  }
}
