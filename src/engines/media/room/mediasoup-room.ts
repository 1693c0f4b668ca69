import type { types } from 'mediasoup';
import type { MediaSection } from '../../../core/config/sections/media.section.js';
import { HEARD_RATE } from '../../../core/domain/audio.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Logger } from '../../../core/logging/logger.js';
import type { MediaMetrics } from '../../../core/metrics/media-metrics.js';
import type { FrameClock } from '../audio/frame-clock.js';
import { PacedCallAudio } from '../audio/paced-call-audio.js';
import { RoomVoices } from '../audio/room-voices.js';
import type { CallAudio } from '../call-audio.port.js';
import type { MediaEnd, MediaPeer, MediaRoom } from '../media.port.js';
import type { SocketPerson, SocketPersonOptions } from '../socket-audio.port.js';
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
  readonly microphones = new Map<string, string>();
  private readonly ears: RoomEars;
  private readonly voices: RoomVoices;
  private readonly peers = new Map<string, MediasoupPeer>();
  private readonly microphoneListeners = new Set<() => void>();
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
    const voices = new RoomVoices({
      hear: (speakerId, samples) => audio.hear({ samples, sampleRate: HEARD_RATE, speakerId }),
      forget: (speakerId) => audio.forget(speakerId),
    });
    const audio: PacedCallAudio = new PacedCallAudio({
      clock,
      emit: (frame) => {
        const isTaken = voices.say(frame);
        return mouth.say(frame.samples) || isTaken;
      },
      longestHeardMs: LONGEST_HEARD_MS,
      onFault: (error) => parts.logger.warn('A frame of speech was lost', { room: roomId }, error),
      onTick: () => {
        this.ears.tick();
        voices.tick(clock.now());
      },
      onClose: () => this.closeAudio(),
    });
    this.audio = audio;
    this.voices = voices;
    this.ears = new RoomEars({
      transport,
      now: clock.now,
      hear: (speakerId, samples) => voices.take(speakerId, samples),
      gone: (speakerId) => voices.silence(speakerId),
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
    this.checkFree();
    const peer = await MediasoupPeer.open(peerId, this, iceServersFor(peerId, this.parts.settings, Date.now()));
    if (this.ended) await peer.close();
    this.checkOpen();
    await this.peers.get(peerId)?.close();
    this.peers.set(peerId, peer);
    this.parts.metrics.opened('peers');
    return peer;
  }

  async joinBySocket(personId: string, options: SocketPersonOptions): Promise<SocketPerson> {
    this.checkOpen();
    this.checkFree();
    const person = this.voices.join(personId, options);
    try {
      const mouth = await RoomMouth.open(this.insides.transport, this.parts.clock.now, HEARD_RATE);
      const close = () => {
        this.endListeners.delete(close);
        person.close();
        mouth.close();
        this.noteMicrophone(personId, null);
      };
      if (this.ended) close();
      this.checkOpen();
      this.voices.relay(personId, (samples) => mouth.say(samples));
      this.noteMicrophone(personId, mouth.producerId);
      this.endListeners.add(close);
      return { ...person, close };
    } catch (error) {
      person.close();
      throw error;
    }
  }

  onMicrophones(listener: () => void): void {
    this.microphoneListeners.add(listener);
  }

  /** By what the workers observe; of those whose sound travels in messages by its loudness. */
  onActiveSpeaker(listener: (peerId: string | null) => void): void {
    let observed: string | null = null;
    let heard: string | null = null;
    let told: string | null = null;
    const tell = () => {
      const speaker = observed ?? heard;
      if (speaker === told) return;
      told = speaker;
      listener(speaker);
    };
    this.insides.speaker.onChange((peerId) => {
      observed = peerId;
      tell();
    });
    this.voices.onSpeaker((personId) => {
      heard = personId !== null && this.voices.has(personId) ? personId : null;
      tell();
    });
  }

  onEnd(listener: (end: MediaEnd) => void): void {
    if (this.ended) listener(this.ended);
    else this.endListeners.add(listener);
  }

  async microphone(peerId: string, producer: types.Producer): Promise<void> {
    await Promise.all([this.ears.listen(peerId, producer.id), this.insides.speaker.watch(peerId, producer)]);
    if (producer.closed) return;
    producer.observer.once('close', () => {
      if (this.microphones.get(peerId) === producer.id) this.noteMicrophone(peerId, null);
    });
    this.noteMicrophone(peerId, producer.id);
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

  private noteMicrophone(personId: string, producerId: string | null): void {
    if (producerId === null) this.microphones.delete(personId);
    else this.microphones.set(personId, producerId);
    if (this.ended) return;
    for (const listener of this.microphoneListeners) listener();
  }

  private checkFree(): void {
    if (this.peers.size + this.voices.size < MOST_PEERS) return;
    throw new CozyError('VALIDATION_FAILED', { message: 'This call is full.' });
  }

  private closeAudio(): void {
    this.ears.close();
    this.insides.mouth.close();
  }

  private checkOpen(): void {
    if (this.ended) throw new CozyError('RESOURCE_NOT_FOUND', { message: 'This call has ended.' });
  }
}
