import type { types } from 'mediasoup-client';
import type { CallPerson } from './call-event.js';
import { type CallLine, type Levels, routeTo } from './call-line.js';
import type { CallSocket } from './call-socket.js';
import { PeopleEars } from './people-ears.js';
import { levelMeter } from './sound/level.js';

/** What `call.start` answers for a call over WebRTC. */
export interface MediaOffer {
  router_rtp_capabilities: types.RtpCapabilities;
  ice_servers?: RTCIceServer[];
  send_transport: types.TransportOptions;
  recv_transport: types.TransportOptions;
}

type Signals = Pick<CallSocket, 'ask'>;

/** mediasoup-client wants its answers by callbacks. */
async function answer<T>(done: (value: T) => void, failed: (error: Error) => void, asked: Promise<T>): Promise<void> {
  try {
    done(await asked);
  } catch (cause) {
    failed(cause instanceof Error ? cause : new Error(String(cause)));
  }
}

const plain = async (asked: Promise<unknown>): Promise<void> => void (await asked);

async function producerOf(asked: Promise<Record<string, unknown>>): Promise<{ id: string }> {
  const { producer_id: id } = await asked;
  return { id: String(id) };
}

/** A lost path is looked for again; where there is none, the server ends the call in its time. */
function keepConnected(transport: types.Transport, signals: Signals): void {
  const restart = async (): Promise<void> => {
    const answered = await signals.ask('ice.restart', { transport_id: transport.id });
    await transport.restartIce({ iceParameters: answered.ice_parameters as types.IceParameters });
  };
  transport.on('connectionstatechange', (state) => {
    // Without the socket there is nobody to ask: coming back looks after the transports as well.
    if (state === 'failed' || state === 'disconnected') void restart().catch(() => undefined);
  });
}

function prepare(transport: types.Transport, signals: Signals): void {
  transport.on('connect', ({ dtlsParameters }, done, failed) => {
    const asked = signals.ask('transport.connect', { transport_id: transport.id, dtls_parameters: dtlsParameters });
    void answer(done, failed, plain(asked));
  });
  transport.on('produce', ({ rtpParameters }, done, failed) => {
    const asked = signals.ask('media.produce', { transport_id: transport.id, rtp_parameters: rtpParameters });
    void answer(done, failed, producerOf(asked));
  });
  keepConnected(transport, signals);
}

interface Ends {
  sending: types.Transport;
  receiving: types.Transport;
  producer: types.Producer;
  voice: MediaStreamTrack;
  /** What is to be told of this device to hear somebody else. */
  capabilities: types.RtpCapabilities;
}

async function connect(signals: Signals, offer: MediaOffer, track: MediaStreamTrack): Promise<Ends> {
  // A chunk of its own: calls over sockets do without it.
  const { Device } = await import('mediasoup-client');
  const device = new Device();
  await device.load({ routerRtpCapabilities: offer.router_rtp_capabilities });
  const iceServers = offer.ice_servers ?? [];
  const sending = device.createSendTransport({ ...offer.send_transport, iceServers });
  const receiving = device.createRecvTransport({ ...offer.recv_transport, iceServers });
  prepare(sending, signals);
  prepare(receiving, signals);
  try {
    const producer = await sending.produce({
      track,
      stopTracks: false,
      disableTrackOnPause: false,
      codecOptions: { opusFec: true, opusDtx: false },
    });
    const answered = await signals.ask('media.consume', { rtp_capabilities: device.recvRtpCapabilities });
    const consumer = await receiving.consume(answered.consumer as types.ConsumerOptions);
    await signals.ask('media.resume');
    return { sending, receiving, producer, voice: consumer.track, capabilities: device.recvRtpCapabilities };
  } catch (cause) {
    sending.close();
    receiving.close();
    throw cause;
  }
}

/** The sound of a call over WebRTC, by mediasoup. */
export class WebRtcLine implements CallLine {
  readonly transport = 'webrtc';
  private readonly context = new AudioContext();
  private readonly element = new Audio();
  private readonly input = new GainNode(this.context);
  private readonly mine = levelMeter(this.input);
  private readonly theirs: () => number;
  private source: MediaStreamAudioSourceNode | null = null;
  private readonly people: PeopleEars;

  private constructor(
    private readonly ends: Ends,
    signals: Signals,
  ) {
    this.people = new PeopleEars(ends, signals);
    const stream = new MediaStream([ends.voice]);
    // The element plays it; Chromium also hands a remote track to Web Audio only while an element does.
    this.element.srcObject = stream;
    this.theirs = levelMeter(new MediaStreamAudioSourceNode(this.context, { mediaStream: stream }));
  }

  /** Throws where no sound can pass. */
  static async open(signals: Signals, offer: MediaOffer, track: MediaStreamTrack): Promise<WebRtcLine> {
    const line = new WebRtcLine(await connect(signals, offer, track), signals);
    line.measure(track);
    await Promise.all([line.element.play(), line.context.resume()]);
    return line;
  }

  get connected(): boolean {
    const { sending, receiving } = this.ends;
    return sending.connectionState === 'connected' && receiving.connectionState === 'connected';
  }

  levels(): Levels {
    return { mine: this.mine(), theirs: this.theirs() };
  }

  async useMicrophone(track: MediaStreamTrack): Promise<void> {
    await this.ends.producer.replaceTrack({ track });
    this.measure(track);
  }

  async useSpeaker(deviceId: string): Promise<void> {
    await Promise.all([routeTo(this.element, deviceId), this.people.useSpeaker(deviceId)]);
  }

  /** Those of them who have a microphone are heard from now on, and nobody else. */
  hear(others: readonly CallPerson[]): Promise<void> {
    return this.people.hear(others);
  }

  close(): void {
    this.ends.sending.close();
    this.ends.receiving.close();
    this.element.srcObject = null;
    this.people.close();
    if (this.context.state !== 'closed') void this.context.close();
  }

  private measure(track: MediaStreamTrack): void {
    this.source?.disconnect();
    this.source = new MediaStreamAudioSourceNode(this.context, { mediaStream: new MediaStream([track]) });
    this.source.connect(this.input);
  }
}
