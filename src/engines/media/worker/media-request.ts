import { CozyError } from '../../../core/errors/cozy.error.js';
import { Deadline } from '../../../core/util/deadline.js';

/** A worker answers within a millisecond or two; one that does not is not well. */
const DEADLINE_MS = 5_000;

async function inTime<Answer>(work: () => Promise<Answer>, failed: (cause: unknown) => CozyError): Promise<Answer> {
  const deadline = new Deadline(undefined, DEADLINE_MS);
  try {
    return await deadline.race(work());
  } catch (error) {
    if (error instanceof CozyError) throw error;
    if (deadline.endedBy)
      throw new CozyError('ENGINE_TIMEOUT', { message: 'The media worker took too long to answer.' });
    throw failed(error);
  } finally {
    deadline.release();
  }
}

/** Asks the worker for something of our own; what it says instead of an answer is for the log. */
export const askWorker = <Answer>(work: () => Promise<Answer>): Promise<Answer> =>
  inTime(
    work,
    (cause) => new CozyError('ENGINE_UNAVAILABLE', { message: 'The media worker cannot serve this call.', cause }),
  );

/** Hands the worker what a client sent; what it refuses, in JavaScript or in the worker, was not valid. */
export const offerToWorker = <Answer>(param: string, work: () => Promise<Answer>): Promise<Answer> =>
  inTime(
    work,
    (cause) => new CozyError('VALIDATION_FAILED', { message: `These ${param} cannot be used.`, param, cause }),
  );
