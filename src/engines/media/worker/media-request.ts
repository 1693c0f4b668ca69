import { CozyError } from '../../../core/errors/cozy.error.js';
import { withDeadline } from '../../../core/util/deadline.js';

/** A worker answers within a millisecond or two; one that does not is not well. */
const DEADLINE_MS = 5_000;

const never = new AbortController().signal;
const late = () => new CozyError('ENGINE_TIMEOUT', { message: 'The media worker took too long to answer.' });

/** Asks the worker for something of our own; what it says instead of an answer is for the log. */
export async function askWorker<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await withDeadline(never, DEADLINE_MS, work, late);
  } catch (error) {
    if (error instanceof CozyError) throw error;
    throw new CozyError('ENGINE_UNAVAILABLE', { message: 'The media worker cannot serve this call.', cause: error });
  }
}

/** Hands the worker what a client sent; what it refuses, in JavaScript or in the worker, was not valid. */
export async function offerToWorker<Answer>(param: string, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await withDeadline(never, DEADLINE_MS, work, late);
  } catch (error) {
    if (error instanceof CozyError) throw error;
    throw new CozyError('VALIDATION_FAILED', { message: `These ${param} cannot be used.`, param, cause: error });
  }
}
