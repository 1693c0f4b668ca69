import { CozyError } from './cozy.error.js';

/** Of a cursor that no list has given. */
export const badCursor = () =>
  new CozyError('VALIDATION_FAILED', {
    param: 'cursor',
    message: 'cursor must be the next_cursor of the page before.',
  });
