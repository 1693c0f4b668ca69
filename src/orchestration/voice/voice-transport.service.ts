import { Injectable } from '@nestjs/common';
import { HEARD_RATE } from '../../core/domain/audio.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { MediaEngine, type MediaPeer } from '../../engines/media/media.port.js';
import { SocketAudioFactory } from '../../engines/media/socket-audio.port.js';
import type { CallEnd, VoiceEvent } from './voice-event.js';
import type { CallSound } from './voice-session-setup.js';

export type VoiceTransport = 'webrtc' | 'socket';

/** A call's way to and from its client. */
export interface CallLine {
  sound: CallSound;
  /** Of a call over WebRTC: what its signalling is about. */
  peer: MediaPeer | null;
  /** Of a call over WebRTC: a new `peer` for a client that has lost its own, whose connection is given up. */
  rejoin: (() => Promise<void>) | null;
  /** Of a call whose sound travels in messages: takes mono PCM16 of the agreed rate. */
  append: ((bytes: Uint8Array) => void) | null;
  /** Resolves when the sound that was given so far has been listened to. */
  drained: () => Promise<void>;
  /** Forgets sound that was given and not yet taken. */
  clear: () => void;
  /** Told once, where the line ends by itself. */
  onEnd: (listener: (reason: CallEnd) => void) => void;
}

/** Opens the lines of calls: WebRTC, or sound in the client's own messages. */
@Injectable()
export class VoiceTransportService {
  constructor(
    private readonly media: MediaEngine,
    private readonly sockets: SocketAudioFactory,
  ) {}

  /** Throws ENGINE_UNAVAILABLE where there is no WebRTC: clients then ask for `socket`. */
  async open(
    transport: VoiceTransport,
    options: { callId: string; peerId: string; inputRate?: number; send: (event: VoiceEvent) => boolean },
  ): Promise<CallLine> {
    if (transport === 'socket') return this.openSocket(options.inputRate ?? HEARD_RATE, options.send);
    return this.openRoom(options.callId, options.peerId);
  }

  private openSocket(inputRate: number, send: (event: VoiceEvent) => boolean): CallLine {
    const socket = this.sockets.open({ inputRate, send: (frame) => send({ type: 'response.audio', ...frame }) });
    const { audio } = socket;
    return {
      sound: { audio, close: () => audio.close() },
      peer: null,
      rejoin: null,
      append: (bytes) => socket.append(bytes),
      drained: () => socket.drained(),
      clear: () => socket.clear(),
      onEnd: () => undefined,
    };
  }

  private async openRoom(callId: string, peerId: string): Promise<CallLine> {
    if (!this.media.isAvailable) {
      throw new CozyError('ENGINE_UNAVAILABLE', {
        message: 'This server has no WebRTC at the moment. Use the transport "socket".',
      });
    }
    const room = await this.media.open(callId);
    try {
      const line: CallLine = {
        sound: { audio: room.audio, close: () => room.close() },
        peer: await room.join(peerId),
        rejoin: async () => void (line.peer = await room.join(peerId)),
        append: null,
        drained: () => Promise.resolve(),
        clear: () => undefined,
        onEnd: (listener) => room.onEnd((end) => listener(end === 'closed' ? 'media-closed' : end)),
      };
      return line;
    } catch (error) {
      await room.close();
      throw error;
    }
  }
}
