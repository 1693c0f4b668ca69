import type { types } from 'mediasoup';
import type { MediaSection } from '../../../core/config/sections/media.section.js';
import { HEARD_RATE } from '../../../core/domain/audio.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Logger } from '../../../core/logging/logger.js';
import type { MediaMetrics } from '../../../core/metrics/media-metrics.js';
import type { FrameClock } from '../audio/frame-clock.js';
import { PacedCallAudio } from '../audio/paced-call-audio.js';
import type { CallAudio } from '../call-audio.port.js';
import type { MediaEnd, MediaPeer, MediaRoom } from '../media.port.js';
import { askWorker } from '../worker/media-request.js';
import type { MediaWorker } from '../worker/media-worker.js';
import { ActiveSpeaker } from './active-speaker.js';
import { iceServersFor } from './ice-servers.js';
import { MediasoupPeer, type PeerRoom } from './mediasoup-peer.js';
import { RoomEars } from './room-ears.js';
import { RoomMouth } from './room-mouth.js';

export interface RoomParts {
  worker: MediaWorker;
  settings: MediaSection;
  metrics: MediaMetrics;
  clock: FrameClock;
  logger: Logger;
}

/** What a room is made of in the worker. */
interface RoomInsides {
  router: types.Router;
  transport: types.DirectTransport;
  mouth: RoomMouth;
  speaker: ActiveSpeaker;
}

/** Callers are heard as they speak: what waits longer was not read, and is of no use any more. */
const LONGEST_HEARD_MS = 5_000;
const MOST_PEERS = 16;

/** One call on a router of its own: the people, and the server's ears and mouth on a transport that leaves the process nowhere. */
export class MediasoupRoom implements MediaRoom, PeerRoom {
  readonly audio: CallAudio;
  private readonly ears: RoomEars;
  private readonly peers = new Map<string, MediasoupPeer>();
  private readonly endListeners = new Set<(end: MediaEnd) => void>();
  private readonly ignoreDeath: () => void;
  private ended: MediaEnd | undefined;
  private grace: NodeJS.Timeout | undefined;

  private constructor(
    readonly roomId: string,
    private readonly parts: RoomParts,
    private readonly insides: RoomInsides,
  ) {
    const { clock, metrics, worker } = parts;
    const { transport, mouth } = insides;
    const audio = new PacedCallAudio({
      clock,
      emit: ({ samples }) => mouth.say(samples),
      longestHeardMs: LONGEST_HEARD_MS,
      onFault: (error) => parts.logger.warn('A frame of speech was lost', { room: roomId }, error),
      onTick: () => this.ears.tick(),
      onClose: () => this.closeAudio(),
    });
    this.audio = audio;
    this.ears = new RoomEars({
      transport,
      now: clock.now,
      hear: (speakerId, samples) => audio.hear({ samples, sampleRate: HEARD_RATE, speakerId }),
      measured: (growth) => metrics.heard(growth),
    });
    this.ignoreDeath = worker.onDeath(() => this.end('worker-died'));
    metrics.opened('rooms');
    this.connectionChanged();
  }

  static async open(roomId: string, parts: RoomParts): Promise<MediasoupRoom> {
    const router = await parts.worker.openRouter();
    try {
      const transport = await askWorker(() => router.createDirectTransport());
      const speaker = await ActiveSpeaker.open(router);
      const mouth = await RoomMouth.open(transport, parts.clock.now);
      return new MediasoupRoom(roomId, parts, { router, transport, mouth, speaker });
    } catch (error) {
      router.close();
      throw error;
    }
  }

  get router(): types.Router {
    return this.insides.router;
  }

  get server(): types.WebRtcServer {
    return this.parts.worker.server;
  }

  get mouthId(): string {
    return this.insides.mouth.producerId;
  }

  /** Somebody who was here already comes back: the connection of before is given up. */
  async join(peerId: string): Promise<MediaPeer> {
    this.checkOpen();
    await this.peers.get(peerId)?.close();
    if (this.peers.size >= MOST_PEERS) throw new CozyError('VALIDATION_FAILED', { message: 'This call is full.' });
    const peer = await MediasoupPeer.open(peerId, this, iceServersFor(peerId, this.parts.settings, Date.now()));
    if (this.ended) await peer.close();
    this.checkOpen();
    await this.peers.get(peerId)?.close();
    this.peers.set(peerId, peer);
    this.parts.metrics.opened('peers');
    return peer;
  }

  onActiveSpeaker(listener: (peerId: string | null) => void): void {
    this.insides.speaker.onChange(listener);
  }

  onEnd(listener: (end: MediaEnd) => void): void {
    if (this.ended) listener(this.ended);
    else this.endListeners.add(listener);
  }

  async microphone(peerId: string, producer: types.Producer): Promise<void> {
    await Promise.all([this.ears.listen(peerId, producer.id), this.insides.speaker.watch(peerId, producer)]);
  }

  connectionChanged(): void {
    const connected = [...this.peers.values()].some((peer) => peer.connected);
    if (this.ended || connected) {
      clearTimeout(this.grace);
      this.grace = undefined;
    } else {
      this.grace ??= setTimeout(() => this.end('connection-lost'), this.parts.settings.connection_grace_ms).unref();
    }
  }

  left(peer: MediasoupPeer): void {
    if (this.peers.get(peer.peerId) !== peer) return;
    this.peers.delete(peer.peerId);
    this.parts.metrics.closed('peers');
    this.connectionChanged();
  }

  /** Tells the metrics of the packets since the last time. */
  measure(): void {
    this.ears.measure();
  }

  async close(): Promise<void> {
    this.end('closed');
  }

  private end(end: MediaEnd): void {
    if (this.ended) return;
    this.ended = end;
    clearTimeout(this.grace);
    this.ignoreDeath();
    for (const peer of this.peers.values()) void peer.close();
    void this.audio.close();
    this.router.close();
    this.parts.metrics.closed('rooms');
    for (const listener of this.endListeners) listener(end);
    this.endListeners.clear();
  }

  private closeAudio(): void {
    this.ears.close();
    this.insides.mouth.close();
  }

  private checkOpen(): void {
    if (this.ended) throw new CozyError('RESOURCE_NOT_FOUND', { message: 'This call has ended.' });
  }
}
