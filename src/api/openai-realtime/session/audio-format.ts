import { HEARD_RATE, SPOKEN_RATE } from '../../../core/domain/audio.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { Resampler } from '../../../core/util/resampler.js';
import { decodeG711, encodeG711, type G711Law } from './g711.js';

/** As OpenAI names them. PCM is mono PCM16, little-endian, 24 kHz; the others are G.711 at 8 kHz. */
export type AudioFormat = 'audio/pcm' | 'audio/pcmu' | 'audio/pcma';

export const AUDIO_FORMATS: readonly AudioFormat[] = ['audio/pcm', 'audio/pcmu', 'audio/pcma'];
const PCM_RATE = 24_000;
const TELEPHONE_RATE = 8_000;
const LAWS: Partial<Record<AudioFormat, G711Law>> = { 'audio/pcmu': 'u', 'audio/pcma': 'a' };

const rateOf = (format: AudioFormat) => (format === 'audio/pcm' ? PCM_RATE : TELEPHONE_RATE);

export const formatBody = (format: AudioFormat) =>
  format === 'audio/pcm' ? { type: format, rate: PCM_RATE as 24_000 } : { type: format };

function pcmOf(bytes: Uint8Array): Int16Array {
  if (bytes.length % 2 !== 0) {
    throw new CozyError('VALIDATION_FAILED', {
      param: 'audio',
      message: 'This is no PCM16: it has an odd number of bytes. Send whole samples of two bytes each.',
    });
  }
  // A copy: samples must begin at an even place in memory.
  return new Int16Array(Uint8Array.from(bytes).buffer);
}

/** What a client sends, made into what the call hears: PCM16 at 16 kHz. */
export class HeardSound {
  private readonly resampler: Resampler;

  constructor(readonly format: AudioFormat) {
    this.resampler = new Resampler(rateOf(format), HEARD_RATE);
  }

  /** Throws VALIDATION_FAILED for what is no such sound. */
  take(bytes: Uint8Array): Uint8Array {
    const law = LAWS[this.format];
    const samples = this.resampler.push(law ? decodeG711(bytes, law) : pcmOf(bytes));
    return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  }
}

/** What the companion says, PCM16 at 24 kHz, made into what the client wants. */
export class SpokenSound {
  private readonly resampler: Resampler;

  constructor(readonly format: AudioFormat) {
    this.resampler = new Resampler(SPOKEN_RATE, rateOf(format));
  }

  /** In base64. */
  give(samples: Int16Array): string {
    const law = LAWS[this.format];
    if (law) return Buffer.from(encodeG711(this.resampler.push(samples), law)).toString('base64');
    return Buffer.from(samples.buffer as ArrayBuffer, samples.byteOffset, samples.byteLength).toString('base64');
  }
}
