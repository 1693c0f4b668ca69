import type { types } from 'mediasoup';
import type { MediaChannel } from '../media.port.js';
import { askWorker } from '../worker/media-request.js';
import { isOpening, OPENED, OPENING, TEXT } from './channel-opening.js';

export interface ChannelParts {
  transport: types.WebRtcTransport;
  /** Both leave the process nowhere. */
  inward: types.DirectTransport;
  outward: types.DirectTransport;
  /** Of the browser's first channel. */
  streamId: number;
  /** The channel can be used no more. */
  onBroken: () => void;
}

const LABEL = 'oai-events';
/** What waits to be sent; a browser that takes nothing any more is let go. */
const MOST_WAITING_BYTES = 1_500_000;
/** What browsers take in one message. */
const LARGEST_MESSAGE = 262_144;

/** The browser's data channel: texts in, texts out. The worker knows no more of channels than their messages. */
export class BrowserChannel implements MediaChannel {
  private isOpen = false;
  private waiting = 0;
  private readonly openListeners: (() => void)[] = [];
  private readonly textListeners: ((text: string) => void)[] = [];

  private constructor(
    private readonly consumer: types.DataConsumer,
    private readonly onBroken: () => void,
  ) {}

  /** It must be there before the browser is answered: messages of a stream that nobody knows are lost. */
  static async open({ transport, inward, outward, streamId, onBroken }: ChannelParts): Promise<BrowserChannel> {
    const [given, taken] = await askWorker(async () => {
      const heard = await transport.produceData({ sctpStreamParameters: { streamId, ordered: true }, label: LABEL });
      const said = await outward.produceData({ label: LABEL });
      return Promise.all([inward.consumeData({ dataProducerId: heard.id }), consumeOn(transport, said.id, streamId)]);
    });
    const channel = new BrowserChannel(taken, onBroken);
    given.on('message', (message, protocol) => channel.take(message, protocol));
    return channel;
  }

  get waitingBytes(): number {
    return this.waiting;
  }

  onOpen(listener: () => void): void {
    if (this.isOpen) listener();
    else this.openListeners.push(listener);
  }

  onText(listener: (text: string) => void): void {
    this.textListeners.push(listener);
  }

  send(text: string): boolean {
    const bytes = Buffer.byteLength(text);
    if (bytes > LARGEST_MESSAGE) return false;
    if (this.waiting + bytes > MOST_WAITING_BYTES) this.onBroken();
    else this.post(text, bytes, TEXT);
    return true;
  }

  private take(message: Buffer, protocol: number): void {
    if (protocol === TEXT) {
      const text = message.toString('utf8');
      for (const listener of this.textListeners) listener(text);
    } else if (protocol === OPENING && isOpening(message)) {
      this.post(OPENED, OPENED.length, OPENING);
      if (this.isOpen) return;
      this.isOpen = true;
      for (const listener of this.openListeners.splice(0)) listener();
    }
  }

  private post(message: string | Buffer, bytes: number, protocol: number): void {
    if (this.consumer.closed) return;
    this.waiting += bytes;
    this.consumer
      .send(message, protocol)
      // Its queue is full, or the browser has closed the channel and kept the connection.
      .catch(() => this.consumer.closed || this.onBroken())
      .finally(() => (this.waiting -= bytes));
  }
}

/** The worker gives each consumer the lowest stream that is free: those below the browser's own are used up. */
async function consumeOn(
  transport: types.WebRtcTransport,
  dataProducerId: string,
  streamId: number,
): Promise<types.DataConsumer> {
  const consumer = await transport.consumeData({ dataProducerId, ordered: true });
  if ((consumer.sctpStreamParameters?.streamId ?? streamId) >= streamId) return consumer;
  await consumer.pause();
  return consumeOn(transport, dataProducerId, streamId);
}
