import { HEARD_RATE } from '../../core/domain/audio.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { Logger } from '../../core/logging/logger.js';
import { Resampler } from '../../core/util/resampler.js';
import { HEARD_FRAME_SAMPLES } from './audio/ear.js';
import type { FrameClock } from './audio/frame-clock.js';
import { Framer } from './audio/framer.js';
import { PacedCallAudio } from './audio/paced-call-audio.js';
import type { CallAudio } from './call-audio.port.js';
import { SocketAudio, SocketAudioFactory, type SocketAudioOptions } from './socket-audio.port.js';

/** A client may send what it recorded at once, faster than it was said. */
const LONGEST_HEARD_MS = 60_000;
const RATES = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

const refuse = (param: string, message: string) => new CozyError('VALIDATION_FAILED', { param, message });

export interface PacedSocketAudioOptions {
  clock: FrameClock;
  logger: Logger;
}

class PacedSocketAudio extends SocketAudio {
  private readonly paced: PacedCallAudio;
  private readonly resampler: Resampler;
  private readonly framer: Framer;

  constructor({ inputRate, send }: SocketAudioOptions, { clock, logger }: PacedSocketAudioOptions) {
    super();
    this.resampler = new Resampler(inputRate, HEARD_RATE);
    this.paced = new PacedCallAudio({
      clock,
      emit: send,
      longestHeardMs: LONGEST_HEARD_MS,
      onFault: (error) => logger.warn('A frame of speech was lost', {}, error),
    });
    this.framer = new Framer(HEARD_FRAME_SAMPLES, (samples) => this.paced.hear({ samples, sampleRate: HEARD_RATE }));
  }

  get audio(): CallAudio {
    return this.paced;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length % 2 !== 0) {
      throw refuse('audio', 'This is no PCM16: it has an odd number of bytes. Send whole samples of two bytes each.');
    }
    // A copy: samples must begin at an even place in memory, and the sender may use its buffer again.
    const { buffer, byteOffset, length } = bytes;
    this.framer.push(this.resampler.push(new Int16Array(buffer.slice(byteOffset, byteOffset + length))));
  }

  drained(): Promise<void> {
    return this.paced.drained();
  }

  clear(): void {
    this.framer.clear();
    this.paced.forget();
  }
}

/** Sound in messages, paced as it is over WebRTC. */
export class PacedSocketAudioFactory extends SocketAudioFactory {
  constructor(private readonly options: PacedSocketAudioOptions) {
    super();
  }

  open(options: SocketAudioOptions): SocketAudio {
    if (!RATES.includes(options.inputRate)) {
      throw refuse('input_format', `The sample rate must be one of ${RATES.join(', ')}.`);
    }
    return new PacedSocketAudio(options, this.options);
  }
}
