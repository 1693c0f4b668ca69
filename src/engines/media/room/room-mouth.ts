import type { OpusEncoderHandle } from 'libopus-wasm';
import type { types } from 'mediasoup';
import { HEARD_RATE, SPOKEN_RATE } from '../../../core/domain/audio.js';
import { openEncoder } from '../audio/opus.js';
import { OPUS } from '../rtp/opus-codec.js';
import { RtpStream } from '../rtp/rtp-stream.js';
import { askWorker } from '../worker/media-request.js';

/**
 * A mouth in a room, the companion's or that of somebody whose sound travels in messages: speech in, packets out. It costs
 * something only while it speaks.
 */
export class RoomMouth {
  private closed = false;

  private constructor(
    private readonly encoder: OpusEncoderHandle,
    private readonly producer: types.Producer,
    private readonly stream: RtpStream,
  ) {}

  /**
   * @param now milliseconds, monotonic.
   * @param rate Hertz of what it will say.
   */
  static async open(
    transport: types.DirectTransport,
    now: () => number,
    rate: typeof SPOKEN_RATE | typeof HEARD_RATE = SPOKEN_RATE,
  ): Promise<RoomMouth> {
    const { mimeType, clockRate, channels, parameters, preferredPayloadType: payloadType } = OPUS;
    const stream = new RtpStream(payloadType, now);
    const encoder = await openEncoder(rate);
    try {
      const producer = await askWorker(() =>
        transport.produce({
          kind: 'audio',
          rtpParameters: {
            codecs: [{ mimeType, clockRate, channels, parameters, payloadType }],
            encodings: [{ ssrc: stream.ssrc }],
            rtcp: { cname: `mouth-${stream.ssrc}` },
          },
        }),
      );
      return new RoomMouth(encoder, producer, stream);
    } catch (error) {
      encoder.free();
      throw error;
    }
  }

  get producerId(): string {
    return this.producer.id;
  }

  /** 20 ms. False when it went nowhere. */
  say(samples: Int16Array): boolean {
    if (this.closed || this.producer.closed) return false;
    this.producer.send(this.stream.packetOf(this.encoder.encode(samples)));
    return true;
  }

  /** Idempotent. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.encoder.free();
    this.producer.close();
  }
}
