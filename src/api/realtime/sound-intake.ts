import { CozyError } from '../../core/errors/cozy.error.js';
import { TokenBucket } from '../../core/util/token-bucket.js';

const LARGEST_BYTES = 262_144;
/** PCM16 at 48 kHz, the most that a second may take. */
const BYTES_PER_SECOND = 96_000;
/** What was recorded may come at once, and then twice as fast as it was said: listening to it takes work. */
const MOST_SECONDS = 60;
const PACE = 2;

/** Bounds the sound that one socket gives, by the message and by the time. */
export class SoundIntake {
  private readonly bucket: TokenBucket;

  /** @param now milliseconds. */
  constructor(now: number) {
    this.bucket = new TokenBucket(BYTES_PER_SECOND * PACE, now, BYTES_PER_SECOND * MOST_SECONDS);
  }

  /** Throws VALIDATION_FAILED, VALIDATION_BODY_TOO_LARGE or RATE_LIMIT_EXCEEDED. */
  check(given: unknown, now: number): Uint8Array {
    if (!(given instanceof Uint8Array)) {
      throw new CozyError('VALIDATION_FAILED', { param: 'audio', message: 'Send the sound as binary PCM16.' });
    }
    if (given.length > LARGEST_BYTES) throw new CozyError('VALIDATION_BODY_TOO_LARGE', { param: 'audio' });
    if (!this.bucket.take(now, given.length)) {
      throw new CozyError('RATE_LIMIT_EXCEEDED', {
        retryAfterSeconds: 1,
        message: 'Sound comes faster than anybody speaks.',
      });
    }
    return given;
  }
}
