import { setImmediate as nextTurn } from 'node:timers/promises';

/** Of work without a pause, in milliseconds: others are being answered meanwhile. */
const SLICE_MS = 3;

/**
 * For long work beside others: called between its parts, it lets others go first, once a slice and not for each part. On a
 * busy server every turn that is given away takes tens of milliseconds to come back.
 */
export function timeSlices(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < SLICE_MS) return;
    await nextTurn();
    began = performance.now();
  };
}
