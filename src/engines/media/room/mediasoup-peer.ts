import type { types } from 'mediasoup';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { TICKS_PER_MS } from '../audio/jitter-buffer.js';
import type { MediaOffer, MediaParameters, MediaPeer, MediaStats } from '../media.port.js';
import { askWorker, offerToWorker } from '../worker/media-request.js';
import { clientKeys, clientParameters } from './client-parameters.js';
import type { IceServer } from './ice-servers.js';

/** What a peer needs of its room. */
export interface PeerRoom {
  readonly router: types.Router;
  readonly server: types.WebRtcServer;
  /** Of the companion's mouth. */
  readonly mouthId: string;
  /** A microphone has begun; resolves when it is heard. */
  microphone(peerId: string, producer: types.Producer): Promise<void>;
  /** Of everybody who has one. */
  readonly microphones: ReadonlyMap<string, string>;
  /** A connection has come or gone. */
  connectionChanged(): void;
  left(peer: MediasoupPeer): void;
}

/** Seconds without an answer to ICE's questions after which a client has gone. */
const ICE_CONSENT_TIMEOUT = 15;
/** For ICE and DTLS, through a far TURN server at worst. */
const CONNECT_TIMEOUT_MS = 10_000;

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as MediaParameters;

/** The key of the companion among what is heard; people have ids. */
const COMPANION = '';

/** Both of a client's transports, its microphone and what it hears. */
export class MediasoupPeer implements MediaPeer {
  private microphone: types.Producer | undefined;
  /** By whom they are heard of. */
  private readonly consumers = new Map<string, types.Consumer>();
  private closed = false;

  private constructor(
    readonly peerId: string,
    private readonly room: PeerRoom,
    private readonly send: types.WebRtcTransport,
    private readonly recv: types.WebRtcTransport,
    private readonly iceServers: IceServer[],
  ) {
    for (const transport of [send, recv]) {
      transport.on('icestatechange', () => room.connectionChanged());
      transport.on('dtlsstatechange', () => room.connectionChanged());
      transport.observer.once('close', () => room.connectionChanged());
    }
  }

  static async open(peerId: string, room: PeerRoom, iceServers: IceServer[]): Promise<MediasoupPeer> {
    const transport = () =>
      room.router.createWebRtcTransport({ webRtcServer: room.server, iceConsentTimeout: ICE_CONSENT_TIMEOUT });
    const [send, recv] = await askWorker(() => Promise.all([transport(), transport()]));
    return new MediasoupPeer(peerId, room, send, recv, iceServers);
  }

  get offer(): MediaOffer {
    return {
      routerRtpCapabilities: asJson(this.room.router.rtpCapabilities),
      iceServers: this.iceServers.map(asJson),
      sendTransport: offerOf(this.send),
      recvTransport: offerOf(this.recv),
    };
  }

  /** Whether sound can pass now, either way. */
  get connected(): boolean {
    return [this.send, this.recv].some(
      ({ closed, iceState, dtlsState }) =>
        !closed && dtlsState === 'connected' && (iceState === 'connected' || iceState === 'completed'),
    );
  }

  async connect(transportId: string, dtlsParameters: MediaParameters): Promise<void> {
    const transport = this.transport(transportId);
    const parameters = clientKeys('dtls_parameters', dtlsParameters) as unknown as types.DtlsParameters;
    await offerToWorker('dtls_parameters', () => transport.connect({ dtlsParameters: parameters }));
  }

  async produce(transportId: string, rtpParameters: MediaParameters): Promise<string> {
    const transport = this.transport(transportId);
    if (transport !== this.send) throw notFound('send transport');
    const parameters = clientParameters('rtp_parameters', rtpParameters) as unknown as types.RtpParameters;
    // One microphone each: a new one replaces the old one, whose names on the wire may be the same.
    this.microphone?.close();
    const microphone = await offerToWorker('rtp_parameters', () =>
      transport.produce({ kind: 'audio', rtpParameters: parameters }),
    );
    this.microphone = microphone;
    await this.room.microphone(this.peerId, microphone);
    return microphone.id;
  }

  async consume(rtpCapabilities: MediaParameters, personId = COMPANION): Promise<MediaParameters> {
    const { router } = this.room;
    const producerId = this.producerOf(personId);
    const capabilities = clientParameters('rtp_capabilities', rtpCapabilities) as types.RtpCapabilities;
    this.consumers.get(personId)?.close();
    const consumer = await offerToWorker('rtp_capabilities', async () => {
      if (!router.canConsume({ producerId, rtpCapabilities: capabilities })) throw new Error('No codec in common.');
      return this.recv.consume({ producerId, rtpCapabilities: capabilities, paused: true });
    });
    // Two asked at once: the later one counts.
    this.consumers.get(personId)?.close();
    this.consumers.set(personId, consumer);
    consumer.observer.once('close', () => {
      if (this.consumers.get(personId) === consumer) this.consumers.delete(personId);
    });
    const { id, kind, rtpParameters } = consumer;
    return asJson({ id, producerId, kind, rtpParameters });
  }

  async resumeConsumers(): Promise<void> {
    const paused = [...this.consumers.values()];
    if (paused.length === 0) throw notFound('consumer');
    await askWorker(() => Promise.all(paused.map((consumer) => consumer.resume())));
    await this.connectedToHear();
  }

  async restartIce(transportId: string): Promise<MediaParameters> {
    const transport = this.transport(transportId);
    return asJson(await askWorker(() => transport.restartIce()));
  }

  async stats(): Promise<MediaStats> {
    const { microphone } = this;
    const companion = this.consumers.get(COMPANION);
    const [sent, heard] = await askWorker(() =>
      Promise.all([
        microphone && !microphone.closed ? microphone.getStats() : [],
        companion && !companion.closed ? companion.getStats() : [],
      ]),
    );
    const [stream] = sent;
    const roundTripMs = [...heard, ...sent].find(({ roundTripTime }) => roundTripTime)?.roundTripTime ?? null;
    return {
      packetsReceived: stream?.packetCount ?? 0,
      packetsLost: Math.max(0, stream?.packetsLost ?? 0),
      jitterMs: (stream?.jitter ?? 0) / TICKS_PER_MS,
      roundTripMs,
    };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.send.close();
    this.recv.close();
    this.room.left(this);
  }

  /** Resolves when the client can hear: what is said before its transport is up is lost on the way. */
  private connectedToHear(): Promise<void> {
    const { recv } = this;
    return new Promise((resolve, reject) => {
      const late = new CozyError('ENGINE_TIMEOUT', { message: 'The connection to the caller was not made in time.' });
      const timer = setTimeout(() => settle(late), CONNECT_TIMEOUT_MS);
      const look = () => {
        if (recv.dtlsState === 'connected') settle();
        else if (recv.closed || recv.dtlsState === 'failed') settle(notFound('transport'));
      };
      const settle = (error?: Error) => {
        clearTimeout(timer);
        recv.off('dtlsstatechange', look);
        recv.observer.off('close', look);
        if (error) reject(error);
        else resolve();
      };
      recv.on('dtlsstatechange', look);
      recv.observer.on('close', look);
      look();
    });
  }

  private producerOf(personId: string): string {
    if (personId === COMPANION) return this.room.mouthId;
    const producerId = personId === this.peerId ? undefined : this.room.microphones.get(personId);
    if (producerId === undefined) throw notFound('microphone');
    return producerId;
  }

  private transport(transportId: string): types.WebRtcTransport {
    const transport = [this.send, this.recv].find(({ id, closed }) => id === transportId && !closed);
    if (!transport) throw notFound('transport');
    return transport;
  }
}

const notFound = (what: string) => new CozyError('RESOURCE_NOT_FOUND', { message: `There is no such ${what}.` });

function offerOf({ id, iceParameters, iceCandidates, dtlsParameters }: types.WebRtcTransport): MediaParameters {
  return asJson({ id, iceParameters, iceCandidates, dtlsParameters });
}
