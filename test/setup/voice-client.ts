import type { Socket } from 'socket.io-client';
import type { MediaParameters, MediaPeer } from '../../src/engines/media/media.port.js';
import { connected } from './socket.js';

/** One event of a call as its client got it. */
export interface CallEvent {
  name: string;
  // Tests read what the server says by its documented names; a wrong one fails the test.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
  /** Milliseconds of the client's clock. */
  at: number;
}

// oxlint-disable-next-line typescript/no-explicit-any
export type Ack = any;

const FRAME_BYTES = 640;
const FRAME_MS = 20;

export const bytesOf = (samples: Int16Array): Buffer =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

/** A client of `/voice` that remembers what it was told. */
export class VoiceClient {
  readonly events: CallEvent[] = [];
  readonly silence = Buffer.alloc(FRAME_BYTES);
  private waiters: (() => void)[] = [];
  private talking: NodeJS.Timeout | undefined;
  private saying: Buffer[] = [];

  constructor(readonly socket: Socket) {
    const note = (name: string, body: unknown) => {
      this.events.push({ name, body, at: performance.now() });
      for (const wake of this.waiters.splice(0)) wake();
    };
    socket.onAny(note);
    socket.on('disconnect', (reason) => note('disconnect', reason));
  }

  static async connect(url: string, token: string): Promise<VoiceClient> {
    return new VoiceClient(await connected(url, '/voice', token));
  }

  ask(event: string, ...body: unknown[]): Promise<Ack> {
    return this.socket.timeout(15_000).emitWithAck(event, ...body);
  }

  /** As `ask`, for what must be granted. */
  async get(event: string, ...body: unknown[]): Promise<Ack> {
    const answer = await this.ask(event, ...body);
    if (!answer.ok) throw new Error(`${event}: ${JSON.stringify(answer.error)}`);
    return answer;
  }

  /** The first event of a name, from this one on, that is as wanted. */
  async next(name: string, from = 0, wanted: (body: CallEvent['body']) => boolean = () => true) {
    for (;;) {
      const found = this.events.slice(from).find((event) => event.name === name && wanted(event.body));
      if (found) return found.body;
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  of(name: string, from = 0): CallEvent['body'][] {
    return this.events.slice(from).flatMap((event) => (event.name === name ? [event.body] : []));
  }

  state(state: string, from = 0): Promise<unknown> {
    return this.next('call.state', from, (body) => body.state === state);
  }

  /** A microphone: silence, and what is said, in real time. */
  talk(): void {
    this.talking ??= setInterval(() => {
      this.socket.emit('audio.append', this.saying.shift() ?? this.silence);
    }, FRAME_MS);
  }

  say(samples: Int16Array): void {
    const bytes = bytesOf(samples);
    for (let at = 0; at + FRAME_BYTES <= bytes.length; at += FRAME_BYTES) {
      this.saying.push(bytes.subarray(at, at + FRAME_BYTES));
    }
  }

  close(): void {
    clearInterval(this.talking);
    this.socket.close();
  }
}

/** The WebRTC signalling of a call, as the media tests drive it from the page. */
export function signallingOf(client: VoiceClient, call: Ack): MediaPeer {
  const none = () => Promise.reject(new Error('The page asks for no such thing.'));
  return {
    peerId: call.call_id,
    offer: {
      routerRtpCapabilities: call.router_rtp_capabilities,
      iceServers: call.ice_servers,
      sendTransport: call.send_transport,
      recvTransport: call.recv_transport,
    },
    connect: async (transport_id, dtls_parameters) =>
      void (await client.get('transport.connect', { transport_id, dtls_parameters })),
    produce: async (transport_id, rtp_parameters) =>
      (await client.get('media.produce', { transport_id, rtp_parameters })).producer_id,
    consume: async (rtp_capabilities, participant_id) =>
      (await client.get('media.consume', { rtp_capabilities, ...(participant_id && { participant_id }) })).consumer,
    resumeConsumers: async () => void (await client.get('media.resume')),
    restartIce: async (transport_id) =>
      (await client.get('ice.restart', { transport_id })).ice_parameters as MediaParameters,
    stats: none,
    close: none,
  };
}
