import { HEARD_RATE } from '../../../core/domain/audio.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { Resampler } from '../../../core/util/resampler.js';
import { HEARD_FRAME_SAMPLES } from './ear.js';
import { Framer } from './framer.js';

const RATES = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/** Half a second at 16 kHz: memory is taken in pieces, as to take it for each message costs more than to fill it. */
const ROOM_BYTES = 16_000;

const refuse = (param: string, message: string) => new CozyError('VALIDATION_FAILED', { param, message });

/** From the bytes that somebody sends to frames of what they say. */
export class MessageVoice {
  private readonly resampler: Resampler;
  private readonly framer: Framer;
  /** Memory for what comes next. */
  private room = new Uint8Array(0);

  /**
   * Throws VALIDATION_FAILED for a rate that nobody uses.
   * @param onFrame 20 ms at 16 kHz.
   */
  constructor(inputRate: number, onFrame: (samples: Int16Array) => void) {
    if (!RATES.includes(inputRate)) {
      throw refuse('input_format', `The sample rate must be one of ${RATES.join(', ')}.`);
    }
    this.resampler = new Resampler(inputRate, HEARD_RATE);
    this.framer = new Framer(HEARD_FRAME_SAMPLES, onFrame);
  }

  /** Mono PCM16, little-endian; an odd last byte is refused with VALIDATION_FAILED. */
  append(bytes: Uint8Array): void {
    if (bytes.length % 2 !== 0) {
      throw refuse('audio', 'This is no PCM16: it has an odd number of bytes. Send whole samples of two bytes each.');
    }
    this.framer.push(this.resampler.push(this.copied(bytes)));
  }

  /** Forgets what makes no frame yet. */
  clear(): void {
    this.framer.clear();
  }

  /** Samples must begin at an even place in memory, and the sender may use its buffer again. */
  private copied(bytes: Uint8Array): Int16Array {
    if (this.room.length < bytes.length) this.room = new Uint8Array(Math.max(ROOM_BYTES, bytes.length));
    const copy = this.room.subarray(0, bytes.length);
    this.room = this.room.subarray(bytes.length);
    copy.set(bytes);
    return new Int16Array(copy.buffer, copy.byteOffset, copy.length / 2);
  }
}
