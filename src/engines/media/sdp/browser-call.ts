import type { types } from 'mediasoup';
import type { MediaSection } from '../../../core/config/sections/media.section.js';
import { HEARD_RATE, SPOKEN_RATE } from '../../../core/domain/audio.js';
import type { Logger } from '../../../core/logging/logger.js';
import type { MediaMetrics } from '../../../core/metrics/media-metrics.js';
import type { FrameClock } from '../audio/frame-clock.js';
import { PacedCallAudio } from '../audio/paced-call-audio.js';
import type { MediaAnswer, MediaEnd } from '../media.port.js';
import { RoomEars } from '../room/room-ears.js';
import { RoomMouth } from '../room/room-mouth.js';
import { opusAs } from '../rtp/opus-codec.js';
import { askWorker, offerToWorker } from '../worker/media-request.js';
import type { MediaWorker } from '../worker/media-worker.js';
import { answerTo } from './answer.js';
import { BrowserChannel } from './browser-channel.js';
import type { Offer } from './offer.js';

export interface BrowserCallParts {
  callId: string;
  worker: MediaWorker;
  settings: MediaSection;
  metrics: MediaMetrics;
  clock: FrameClock;
  logger: Logger;
}

/** What a call is made of in the worker. */
interface Insides {
  router: types.Router;
  transport: types.WebRtcTransport;
  inward: types.DirectTransport;
  outward: types.DirectTransport;
  mouth: RoomMouth;
}

/** Callers are heard as they speak: what waits longer was not read, and is of no use any more. */
const LONGEST_HEARD_MS = 5_000;
/** Seconds without an answer to ICE's questions after which a browser has gone. */
const ICE_CONSENT_TIMEOUT = 15;
const CALLER = 'caller';
/** They say which of several streams a packet is of: here there is one. */
const OF_STREAMS = /sdes:(?:rtp-stream-id|repaired-rtp-stream-id)$/;

/**
 * A call that a browser has offered in SDP, with one transport for all of it. It has a router of its own, as a router
 * numbers Opus for everybody on it, and browsers number it as they like.
 */
export class BrowserCall implements MediaAnswer {
  sdp = '';
  channel: BrowserChannel | null = null;
  readonly audio: PacedCallAudio;
  private readonly ears: RoomEars;
  private readonly endListeners = new Set<(end: MediaEnd) => void>();
  private readonly ignoreDeath: () => void;
  private ended: MediaEnd | undefined;
  private grace: NodeJS.Timeout | undefined;

  private constructor(
    private readonly offer: Offer,
    private readonly parts: BrowserCallParts,
    private readonly insides: Insides,
  ) {
    const { clock, metrics, worker, logger, callId, settings } = parts;
    const { inward, mouth } = insides;
    this.audio = new PacedCallAudio({
      clock,
      emit: ({ samples }) => mouth.say(samples),
      longestHeardMs: LONGEST_HEARD_MS,
      onFault: (error) => logger.warn('A frame of speech was lost', { room: callId }, error),
      onTick: () => this.ears.tick(),
      onClose: () => {
        this.ears.close();
        mouth.close();
      },
    });
    this.ears = new RoomEars({
      transport: inward,
      codec: opusAs(offer.payloadType),
      now: clock.now,
      gone: () => undefined,
      hear: (_speaker, samples) => this.audio.hear({ samples, sampleRate: HEARD_RATE }),
      measured: (growth) => metrics.heard(growth),
    });
    this.ignoreDeath = worker.onDeath(() => this.end('worker-died'));
    metrics.opened('rooms');
    this.grace = setTimeout(() => this.end('connection-lost'), settings.connection_grace_ms).unref();
    this.watch(insides.transport);
  }

  /** Throws VALIDATION_FAILED where the worker cannot make anything of the offer. */
  static async open(offer: Offer, parts: BrowserCallParts): Promise<BrowserCall> {
    const router = await parts.worker.openRouter(opusAs(offer.payloadType));
    try {
      const call = new BrowserCall(offer, parts, await insidesOf(router, offer, parts));
      try {
        await call.connect();
      } catch (error) {
        call.end('closed');
        throw error;
      }
      return call;
    } catch (error) {
      router.close();
      throw error;
    }
  }

  onEnd(listener: (end: MediaEnd) => void): void {
    if (this.ended) listener(this.ended);
    else this.endListeners.add(listener);
  }

  /** Tells the metrics of the packets since the last time. */
  measure(): void {
    this.ears.measure();
  }

  async close(): Promise<void> {
    this.end('closed');
  }

  private async connect(): Promise<void> {
    const { transport, router, inward, outward } = this.insides;
    const { offer } = this;
    const dtlsParameters: types.DtlsParameters = {
      // The browser's own part, not ours.
      role: offer.isPassive ? 'server' : 'client',
      fingerprints: [offer.fingerprint as types.DtlsFingerprint],
    };
    await offerToWorker('sdp', () => transport.connect({ dtlsParameters }));
    const extensions = knownExtensions(router, offer);
    if (offer.direction === 'sendrecv' || offer.direction === 'sendonly') await this.listen(extensions);
    const hears = offer.direction === 'sendrecv' || offer.direction === 'recvonly';
    const voice = hears ? await this.speak() : null;
    if (offer.data) {
      // Who begins the DTLS handshake has the even numbers.
      const streamId = offer.isPassive ? 1 : 0;
      const onBroken = () => this.end('hung-up');
      this.channel = await BrowserChannel.open({ transport, inward, outward, streamId, onBroken });
    }
    this.sdp = answerTo({ offer, transport, voice, extensions, version: Date.now() });
  }

  private async listen(extensions: Offer['extensions']): Promise<void> {
    const { audio, ssrc, cname } = this.offer;
    const microphone = await offerToWorker('sdp', () =>
      this.insides.transport.produce({
        kind: 'audio',
        rtpParameters: {
          mid: String(audio.mid),
          codecs: [codecOf(this.offer)],
          encodings: [ssrc === null ? {} : { ssrc }],
          headerExtensions: extensions.map(({ uri, value }) => ({
            uri: uri as types.RtpHeaderExtensionUri,
            id: value,
          })),
          rtcp: { ...(cname !== undefined && { cname }), reducedSize: audio.rtcpRsize !== undefined },
        },
      }),
    );
    await this.ears.listen(CALLER, microphone.id);
  }

  /** The router's extensions have numbers of their own, which are not the browser's: the companion is sent without any. */
  private async speak(): Promise<{ ssrc: number; cname: string }> {
    const { transport, router, mouth } = this.insides;
    const { codecs } = router.rtpCapabilities;
    const { rtpParameters } = await askWorker(() =>
      transport.consume({
        producerId: mouth.producerId,
        mid: String(this.offer.audio.mid),
        rtpCapabilities: { codecs, headerExtensions: [] },
      }),
    );
    return { ssrc: rtpParameters.encodings?.[0]?.ssrc ?? 0, cname: rtpParameters.rtcp?.cname ?? 'companion' };
  }

  private watch(transport: types.WebRtcTransport): void {
    transport.on('dtlsstatechange', (state) => {
      if (state === 'connected') clearTimeout(this.grace);
      else if (state === 'closed') this.end('hung-up');
      else if (state === 'failed') this.end('connection-lost');
    });
    transport.on('icestatechange', (state) => {
      if (state === 'disconnected') this.end('connection-lost');
    });
    transport.on('sctpstatechange', (state) => {
      if (state === 'closed' || state === 'failed') this.end('hung-up');
    });
  }

  private end(end: MediaEnd): void {
    if (this.ended) return;
    this.ended = end;
    clearTimeout(this.grace);
    this.ignoreDeath();
    void this.audio.close();
    this.insides.router.close();
    this.parts.metrics.closed('rooms');
    for (const listener of this.endListeners) listener(end);
    this.endListeners.clear();
  }
}

async function insidesOf(router: types.Router, offer: Offer, { worker, clock }: BrowserCallParts): Promise<Insides> {
  const [transport, inward, outward] = await askWorker(() =>
    Promise.all([
      router.createWebRtcTransport({
        webRtcServer: worker.server,
        enableSctp: offer.data !== null,
        iceConsentTimeout: ICE_CONSENT_TIMEOUT,
      }),
      router.createDirectTransport(),
      router.createDirectTransport(),
    ]),
  );
  const mouth = await RoomMouth.open(outward, clock.now, SPOKEN_RATE, opusAs(offer.payloadType));
  return { router, transport, inward, outward, mouth };
}

const codecOf = ({ payloadType, format, takesTransportFeedback }: Offer): types.RtpCodecParameters => ({
  mimeType: 'audio/opus',
  payloadType,
  clockRate: 48_000,
  channels: 2,
  parameters: format,
  rtcpFeedback: takesTransportFeedback ? [{ type: 'transport-cc' }] : [],
});

function knownExtensions({ rtpCapabilities }: types.Router, { extensions }: Offer): Offer['extensions'] {
  const heard = (rtpCapabilities.headerExtensions ?? []).filter(
    ({ kind, direction }) => kind === 'audio' && direction !== 'sendonly',
  );
  const uris = new Set<string>(heard.map(({ uri }) => uri));
  return extensions.filter(({ uri }) => uris.has(uri) && !OF_STREAMS.test(uri));
}
