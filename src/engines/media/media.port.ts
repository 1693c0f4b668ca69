import type { EngineHealth } from '../engine-health.js';
import type { CallAudio } from './call-audio.port.js';
import type { SocketPerson, SocketPersonOptions } from './socket-audio.port.js';

/** Parameters of mediasoup as JSON: this server checks their size and shape, the media engine their meaning. */
export type MediaParameters = Record<string, unknown>;

/** What a mediasoup client needs to make its side of a call. */
export interface MediaOffer {
  routerRtpCapabilities: MediaParameters;
  iceServers: MediaParameters[];
  /** `id`, `iceParameters`, `iceCandidates`, `dtlsParameters`: as `device.createSendTransport` takes them. */
  sendTransport: MediaParameters;
  recvTransport: MediaParameters;
}

export interface MediaStats {
  packetsReceived: number;
  packetsLost: number;
  jitterMs: number;
  roundTripMs: number | null;
}

/** One person's connection. */
export interface MediaPeer {
  readonly peerId: string;
  readonly offer: MediaOffer;
  /** Each throws VALIDATION_FAILED for parameters that mediasoup refuses, RESOURCE_NOT_FOUND for an unknown transport. */
  connect(transportId: string, dtlsParameters: MediaParameters): Promise<void>;
  /** Sends this person's microphone; its producer's id. */
  produce(transportId: string, rtpParameters: MediaParameters): Promise<string>;
  /**
   * Receives the companion, or somebody else of the room; paused until `resumeConsumers`. As `transport.consume` of the
   * client takes it. Throws RESOURCE_NOT_FOUND where that person has no microphone.
   */
  consume(rtpCapabilities: MediaParameters, personId?: string): Promise<MediaParameters>;
  /**
   * Lets all that is consumed be heard, and resolves when the client is connected: what is said before is lost. Throws
   * RESOURCE_NOT_FOUND where nothing is consumed, ENGINE_TIMEOUT where the client does not connect.
   */
  resumeConsumers(): Promise<void>;
  /** New ICE parameters of a transport. */
  restartIce(transportId: string): Promise<MediaParameters>;
  stats(): Promise<MediaStats>;
  /** Idempotent; the room goes on for the others. */
  close(): Promise<void>;
}

export type MediaEnd = 'closed' | 'worker-died' | 'connection-lost';

/** The people of one call and the companion. */
export interface MediaRoom {
  readonly roomId: string;
  /** One mouth and all ears: `heard` frames name their speaker. */
  readonly audio: CallAudio;
  /** Who is here already comes back, and the connection of before is closed. Throws VALIDATION_FAILED where it is full. */
  join(peerId: string): Promise<MediaPeer>;
  /** Somebody whose sound travels in messages; throws as `join`, and for a rate that nobody uses. */
  joinBySocket(personId: string, options: SocketPersonOptions): Promise<SocketPerson>;
  /** Who can be consumed: the producer of each person's microphone. */
  readonly microphones: ReadonlyMap<string, string>;
  /** Told when that has changed. */
  onMicrophones(listener: () => void): void;
  /** Told when somebody else speaks loudest; null when nobody does. */
  onActiveSpeaker(listener: (peerId: string | null) => void): void;
  /** Told once; at once where it has ended. `connection-lost`: nobody was connected for the configured grace. */
  onEnd(listener: (end: MediaEnd) => void): void;
  /** Idempotent, top-down: peers, transports, router. */
  close(): Promise<void>;
}

/** Calls over WebRTC. */
export abstract class MediaEngine {
  abstract readonly apiVersion: number;
  abstract readonly provider: string;
  /** False where no worker binary was found: calls then use the socket transport. */
  abstract readonly isAvailable: boolean;
  /** Called once when the server starts; throws where it cannot work as it is set up. */
  abstract start(): Promise<void>;
  /** Throws ENGINE_UNAVAILABLE where it is not available. */
  abstract open(roomId: string): Promise<MediaRoom>;
  abstract health(signal: AbortSignal): Promise<EngineHealth>;
  abstract close(): Promise<void>;
}
