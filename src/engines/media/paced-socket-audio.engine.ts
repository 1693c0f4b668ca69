import { HEARD_RATE } from '../../core/domain/audio.js';
import type { Logger } from '../../core/logging/logger.js';
import type { FrameClock } from './audio/frame-clock.js';
import { PacedCallAudio } from './audio/paced-call-audio.js';
import { RoomVoices } from './audio/room-voices.js';
import type { CallAudio } from './call-audio.port.js';
import {
  SocketAudio,
  SocketAudioFactory,
  type SocketAudioOptions,
  type SocketPerson,
  type SocketPersonOptions,
} from './socket-audio.port.js';

/** A client may send what it recorded at once, faster than it was said. */
const LONGEST_HEARD_MS = 60_000;

export interface PacedSocketAudioOptions {
  clock: FrameClock;
  logger: Logger;
}

class PacedSocketAudio extends SocketAudio {
  private readonly voices: RoomVoices;
  private readonly first: SocketPerson;
  private readonly paced: PacedCallAudio;

  constructor({ personId, ...options }: SocketAudioOptions, { clock, logger }: PacedSocketAudioOptions) {
    super();
    this.voices = new RoomVoices({
      hear: (speakerId, samples) => this.paced.hear({ samples, sampleRate: HEARD_RATE, speakerId }),
      forget: (speakerId) => this.paced.forget(speakerId),
    });
    this.first = this.voices.join(personId, options);
    this.paced = new PacedCallAudio({
      clock,
      emit: (frame) => this.voices.say(frame),
      longestHeardMs: LONGEST_HEARD_MS,
      onFault: (error) => logger.warn('A frame of speech was lost', {}, error),
      onTick: () => this.voices.tick(clock.now()),
    });
  }

  get audio(): CallAudio {
    return this.paced;
  }

  append(bytes: Uint8Array): void {
    this.first.append(bytes);
  }

  clear(): void {
    this.first.clear();
  }

  join(personId: string, options: SocketPersonOptions): SocketPerson {
    return this.voices.join(personId, options);
  }

  onActiveSpeaker(listener: (personId: string | null) => void): void {
    this.voices.onSpeaker(listener);
  }
}

/** Sound in messages, paced as it is over WebRTC. */
export class PacedSocketAudioFactory extends SocketAudioFactory {
  constructor(private readonly options: PacedSocketAudioOptions) {
    super();
  }

  open(options: SocketAudioOptions): SocketAudio {
    return new PacedSocketAudio(options, this.options);
  }
}
