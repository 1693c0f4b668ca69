import { Injectable } from '@nestjs/common';
import { HEARD_RATE } from '../../core/domain/audio.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { MediaEngine, type MediaPeer, type MediaRoom } from '../../engines/media/media.port.js';
import {
  type SocketAudio,
  SocketAudioFactory,
  type SocketPersonOptions,
} from '../../engines/media/socket-audio.port.js';
import type { CallEnd, VoiceEvent } from './voice-event.js';
import type { CallSound } from './voice-session-setup.js';

export type VoiceTransport = 'webrtc' | 'socket';

/** Somebody's way into a call and out of it. */
export interface PersonLine {
  /** Over WebRTC: what the signalling is about. */
  peer: MediaPeer | null;
  /** Over WebRTC: a new `peer` for a client that has lost its own, whose connection is given up. */
  rejoin: (() => Promise<void>) | null;
  /** Where the sound travels in messages: takes mono PCM16 of the agreed rate. */
  append: ((bytes: Uint8Array) => void) | null;
  /** Forgets sound that was given and not yet taken. */
  clear: () => void;
}

/** Of somebody who came to a call of somebody else. */
export interface GuestLine extends PersonLine {
  /** Idempotent; the call goes on for the others. */
  close: () => Promise<void>;
}

export interface LineOptions {
  /** Of the call alone: `heard` frames carry it. */
  personId: string;
  inputRate?: number;
  /** Takes sound for this person; false when it was dropped. */
  send: (event: VoiceEvent) => boolean;
}

/** A call's way to and from who began it, and the door for others. */
export interface CallLine extends PersonLine {
  sound: CallSound;
  /** Throws ENGINE_UNAVAILABLE where a call whose sound travels in messages is to be joined over WebRTC. */
  join: (transport: VoiceTransport, options: LineOptions) => Promise<GuestLine>;
  /** The producers of those who can be heard over WebRTC. */
  microphones: ReadonlyMap<string, string>;
  onMicrophones: (listener: () => void) => void;
  onActiveSpeaker: (listener: (personId: string | null) => void) => void;
  /** Told once, where the line ends by itself. */
  onEnd: (listener: (reason: CallEnd) => void) => void;
}

const NO_MICROPHONES: ReadonlyMap<string, string> = new Map();

const socketOptions = ({ inputRate, send }: LineOptions): SocketPersonOptions => ({
  inputRate: inputRate ?? HEARD_RATE,
  send: (frame) => send({ type: 'response.audio', ...frame }),
  sendOthers: (samples) => void send({ type: 'participants.audio', samples }),
});

/** Opens the lines of calls: WebRTC, or sound in the client's own messages. */
@Injectable()
export class VoiceTransportService {
  constructor(
    private readonly media: MediaEngine,
    private readonly sockets: SocketAudioFactory,
  ) {}

  /** Throws ENGINE_UNAVAILABLE where there is no WebRTC: clients then ask for `socket`. */
  async open(transport: VoiceTransport, options: LineOptions & { callId: string }): Promise<CallLine> {
    return transport === 'socket' ? this.openSocket(options) : this.openRoom(options);
  }

  private openSocket(options: LineOptions): CallLine {
    const socket = this.sockets.open({ personId: options.personId, ...socketOptions(options) });
    const { audio } = socket;
    return {
      sound: { audio, close: () => audio.close() },
      peer: null,
      rejoin: null,
      append: (bytes) => socket.append(bytes),
      clear: () => socket.clear(),
      join: async (transport, guest) => joinSocket(socket, transport, guest),
      microphones: NO_MICROPHONES,
      onMicrophones: () => undefined,
      onActiveSpeaker: (listener) => socket.onActiveSpeaker(listener),
      onEnd: () => undefined,
    };
  }

  private async openRoom({ callId, personId }: LineOptions & { callId: string }): Promise<CallLine> {
    if (!this.media.isAvailable) {
      throw new CozyError('ENGINE_UNAVAILABLE', {
        message: 'This server has no WebRTC at the moment. Use the transport "socket".',
      });
    }
    const room = await this.media.open(callId);
    try {
      const line: CallLine = {
        sound: { audio: room.audio, close: () => room.close() },
        peer: await room.join(personId),
        rejoin: async () => void (line.peer = await room.join(personId)),
        append: null,
        clear: () => undefined,
        join: (transport, guest) => joinRoom(room, transport, guest),
        microphones: room.microphones,
        onMicrophones: (listener) => room.onMicrophones(listener),
        onActiveSpeaker: (listener) => room.onActiveSpeaker(listener),
        onEnd: (listener) => room.onEnd((end) => listener(end === 'closed' ? 'media-closed' : end)),
      };
      return line;
    } catch (error) {
      await room.close();
      throw error;
    }
  }
}

function joinSocket(socket: SocketAudio, transport: VoiceTransport, options: LineOptions): GuestLine {
  if (transport === 'webrtc') {
    throw new CozyError('ENGINE_UNAVAILABLE', {
      message: 'The sound of this call travels in messages. Join it with the transport "socket".',
    });
  }
  const { close, ...person } = socket.join(options.personId, socketOptions(options));
  return { peer: null, rejoin: null, ...person, close: async () => close() };
}

async function joinRoom(room: MediaRoom, transport: VoiceTransport, options: LineOptions): Promise<GuestLine> {
  const { personId } = options;
  if (transport === 'socket') {
    const { close, ...person } = await room.joinBySocket(personId, socketOptions(options));
    return { peer: null, rejoin: null, ...person, close: async () => close() };
  }
  const line: GuestLine = {
    peer: await room.join(personId),
    rejoin: async () => void (line.peer = await room.join(personId)),
    append: null,
    clear: () => undefined,
    close: async () => line.peer?.close(),
  };
  return line;
}
