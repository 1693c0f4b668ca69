import type { CallAudio, SpokenFrame } from './call-audio.port.js';

/** One person's sound as plain PCM through a socket. */
export interface SocketPerson {
  /** Mono PCM16, little-endian, of the agreed rate; an odd last byte is refused with VALIDATION_FAILED. */
  append: (bytes: Uint8Array) => void;
  /** Forgets what was given and not yet taken. */
  clear: () => void;
  /** Idempotent; the call goes on for the others. */
  close: () => void;
}

export interface SocketPersonOptions {
  /** Hertz of what the client sends; 16 kHz unless it says otherwise. */
  inputRate: number;
  /** Sends a frame of the companion; false when the socket is too far behind, and the frame is dropped. */
  send: (frame: SpokenFrame) => boolean;
  /** Sends what the others of the call say, mixed: 20 ms, mono PCM16, 24 kHz, and nothing while all are silent. */
  sendOthers: (samples: Int16Array) => void;
}

/** Sound as plain PCM through sockets, for networks without UDP. */
export abstract class SocketAudio {
  abstract readonly audio: CallAudio;
  /** As `SocketPerson` has it, of who began the call. */
  abstract append(bytes: Uint8Array): void;
  abstract clear(): void;
  /** Somebody else: hears the companion and the others, and is heard. */
  abstract join(personId: string, options: SocketPersonOptions): SocketPerson;
  /** Told when somebody else speaks; null when nobody does. */
  abstract onActiveSpeaker(listener: (personId: string | null) => void): void;
}

export interface SocketAudioOptions extends SocketPersonOptions {
  /** Who begins the call: `heard` frames name their speaker. */
  personId: string;
}

/** Makes the ears and mouth of a call whose sound travels in messages. */
export abstract class SocketAudioFactory {
  /** Throws VALIDATION_FAILED for a rate that nobody uses. */
  abstract open(options: SocketAudioOptions): SocketAudio;
}
