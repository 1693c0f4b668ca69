import { Injectable } from '@nestjs/common';
import { HEARD_RATE } from '../../core/domain/audio.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { type MediaChannel, type MediaEnd, MediaEngine, type MediaPeer } from '../../engines/media/media.port.js';
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
  /** Of a call that a browser has offered in SDP: what it is told, and its data channel. */
  answer: { sdp: string; channel: MediaChannel | null } | null;
  /** Of a call whose sound travels in messages: takes mono PCM16 of the agreed rate. */
  append: ((bytes: Uint8Array) => void) | null;
  /** Resolves when the sound that was given so far has been listened to. */
  drained: () => Promise<void>;
  /** Forgets sound that was given and not yet taken. */
  clear: () => void;
  /** Told once, where the line ends by itself. */
  onEnd: (listener: (reason: CallEnd) => void) => void;
}

export interface LineOptions {
  callId: string;
  peerId: string;
  inputRate?: number;
  /** Of a browser, in SDP: there is no other signalling then. */
  offer?: string;
  send: (event: VoiceEvent) => boolean;
}

const CALL_ENDS: Record<MediaEnd, CallEnd> = {
  closed: 'media-closed',
  'hung-up': 'client',
  'worker-died': 'worker-died',
  'connection-lost': 'connection-lost',
};

/** Opens the lines of calls: WebRTC, or sound in the client's own messages. */
@Injectable()
export class VoiceTransportService {
  constructor(
    private readonly media: MediaEngine,
    private readonly sockets: SocketAudioFactory,
  ) {}

  /** Throws ENGINE_UNAVAILABLE where there is no WebRTC: clients then ask for `socket`. */
  async open(transport: VoiceTransport, options: LineOptions): Promise<CallLine> {
    if (transport === 'socket') return this.openSocket(options.inputRate ?? HEARD_RATE, options.send);
    if (options.offer !== undefined) return this.openOffered(options.callId, options.offer);
    return this.openRoom(options.callId, options.peerId);
  }

  /** Throws VALIDATION_FAILED where a browser's SDP offer cannot be answered, ENGINE_UNAVAILABLE where there is no WebRTC. */
  checkOffer(offer: string): void {
    this.media.checkOffer(offer);
  }

  private async openOffered(callId: string, offer: string): Promise<CallLine> {
    const answer = await this.media.answer(callId, offer);
    return {
      sound: { audio: answer.audio, close: () => answer.close() },
      peer: null,
      rejoin: null,
      answer,
      append: null,
      drained: () => Promise.resolve(),
      clear: () => undefined,
      onEnd: (listener) => answer.onEnd((end) => listener(CALL_ENDS[end])),
    };
  }

  private openSocket(inputRate: number, send: (event: VoiceEvent) => boolean): CallLine {
    const socket = this.sockets.open({ inputRate, send: (frame) => send({ type: 'response.audio', ...frame }) });
    const { audio } = socket;
    return {
      sound: { audio, close: () => audio.close() },
      peer: null,
      rejoin: null,
      answer: null,
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
        answer: null,
        append: null,
        drained: () => Promise.resolve(),
        clear: () => undefined,
        onEnd: (listener) => room.onEnd((end) => listener(CALL_ENDS[end])),
      };
      return line;
    } catch (error) {
      await room.close();
      throw error;
    }
  }
}
