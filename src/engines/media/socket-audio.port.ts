import type { CallAudio, SpokenFrame } from './call-audio.port.js';

/** Sound as plain PCM through a socket, for networks without UDP. */
export abstract class SocketAudio {
  abstract readonly audio: CallAudio;
  /** Mono PCM16, little-endian, of the agreed rate; an odd last byte is refused with VALIDATION_FAILED. */
  abstract append(bytes: Uint8Array): void;
  /** Resolves when all that was given has been listened to. */
  abstract drained(): Promise<void>;
  /** Forgets what was given and not yet taken. */
  abstract clear(): void;
}

export interface SocketAudioOptions {
  /** Hertz of what the client sends; 16 kHz unless it says otherwise. */
  inputRate: number;
  /** Sends a frame to the client; false when the socket is too far behind, and the frame is dropped. */
  send: (frame: SpokenFrame) => boolean;
}

/** Makes the ears and mouth of a call whose sound travels in messages. */
export abstract class SocketAudioFactory {
  abstract open(options: SocketAudioOptions): SocketAudio;
}
