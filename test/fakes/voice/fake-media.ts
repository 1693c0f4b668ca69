import type { EngineHealth } from '../../../src/engines/engine-health.js';
import { MediaEngine, type MediaEnd, type MediaPeer, type MediaRoom } from '../../../src/engines/media/media.port.js';
import {
  type SocketAudio,
  SocketAudioFactory,
  type SocketAudioOptions,
  type SocketPerson,
  type SocketPersonOptions,
} from '../../../src/engines/media/socket-audio.port.js';
import { FakeCallAudio } from './fake-call-audio.js';
import type { VirtualClock } from './virtual-clock.js';

const PEER = {
  offer: { routerRtpCapabilities: {}, iceServers: [], sendTransport: { id: 's' }, recvTransport: { id: 'r' } },
  connect: async () => undefined,
  produce: async () => 'producer',
  consume: async () => ({}),
  resumeConsumers: async () => undefined,
  restartIce: async () => ({}),
  stats: async () => ({ packetsReceived: 0, packetsLost: 0, jitterMs: 0, roundTripMs: null }),
  close: async () => undefined,
};

function somebody(
  people: Map<string, SocketPersonOptions>,
  personId: string,
  options: SocketPersonOptions,
): SocketPerson {
  people.set(personId, options);
  return { append: () => undefined, clear: () => undefined, close: () => people.delete(personId) };
}

/** Rooms without anybody's network. */
export class FakeMedia extends MediaEngine {
  readonly apiVersion = 1;
  readonly provider = 'fake';
  isAvailable = true;
  readonly rooms: {
    roomId: string;
    audio: FakeCallAudio;
    end: (reason: MediaEnd) => void;
    isClosed: boolean;
    /** Who has joined by a socket. */
    people: Map<string, SocketPersonOptions>;
  }[] = [];
  /** Thrown where somebody joins. */
  refusal: Error | undefined;

  constructor(private readonly clock: VirtualClock) {
    super();
  }

  async start(): Promise<void> {}

  override async open(roomId: string): Promise<MediaRoom> {
    const audio = new FakeCallAudio(this.clock);
    const listeners: ((end: MediaEnd) => void)[] = [];
    const room = {
      roomId,
      audio,
      isClosed: false,
      people: new Map<string, SocketPersonOptions>(),
      end: (reason: MediaEnd) => listeners.forEach((listener) => listener(reason)),
    };
    this.rooms.push(room);
    return {
      roomId,
      audio,
      join: async (peerId: string): Promise<MediaPeer> => {
        if (this.refusal) throw this.refusal;
        return { peerId, ...PEER };
      },
      joinBySocket: async (personId, options) => somebody(room.people, personId, options),
      microphones: new Map(),
      onMicrophones: () => undefined,
      onActiveSpeaker: () => undefined,
      onEnd: (listener) => listeners.push(listener),
      close: async () => {
        room.isClosed = true;
        await audio.close();
      },
    };
  }

  override async health(): Promise<EngineHealth> {
    return { status: 'up' };
  }

  override async close(): Promise<void> {}
}

/** Calls whose sound is given by hand. */
export class FakeSocketAudioFactory extends SocketAudioFactory {
  readonly opened: {
    options: SocketAudioOptions;
    audio: FakeCallAudio;
    given: number;
    people: Map<string, SocketPersonOptions>;
    speaks: (personId: string | null) => void;
  }[] = [];

  constructor(private readonly clock: VirtualClock) {
    super();
  }

  override open(options: SocketAudioOptions): SocketAudio {
    const listeners: ((personId: string | null) => void)[] = [];
    const call = {
      options,
      audio: new FakeCallAudio(this.clock),
      given: 0,
      people: new Map<string, SocketPersonOptions>(),
      speaks: (personId: string | null) => listeners.forEach((listener) => listener(personId)),
    };
    this.opened.push(call);
    return {
      audio: call.audio,
      append: (bytes) => (call.given += bytes.length),
      clear: () => (call.given = 0),
      join: (personId, person) => somebody(call.people, personId, person),
      onActiveSpeaker: (listener) => listeners.push(listener),
    };
  }
}
