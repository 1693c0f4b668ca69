import {
  Application,
  createDecoder,
  createEncoder,
  type OpusDecoderHandle,
  type OpusEncoderHandle,
  Signal,
} from 'libopus-wasm';
import { FRAME_MS, HEARD_RATE, SPOKEN_RATE } from '../../../core/domain/audio.js';

/** Speech at 32 kbit/s sounds the same from complexity 1 up, and 10 costs four times as much. */
const ENCODER = { application: Application.Voip, signal: Signal.Voice, complexity: 1, bitrate: 32_000 } as const;
/** Each packet also holds a small copy of the one before. Below 10 % of expected loss Opus saves itself that at this bitrate. */
const LOSS = { fec: true, packetLossPercent: 10 } as const;
const LONGEST_PACKET_MS = 120;

const heardSamples = (milliseconds: number) => (HEARD_RATE / 1000) * milliseconds;

/** Straight from the rate that there is, mono: Opus resamples by itself. Whoever asks for one frees it. */
export const openEncoder = (sampleRate: typeof SPOKEN_RATE | typeof HEARD_RATE): Promise<OpusEncoderHandle> =>
  createEncoder({
    sampleRate,
    channels: 1,
    frameSize: (sampleRate / 1000) * FRAME_MS,
    ...ENCODER,
    ...LOSS,
  });

/** Decodes straight to 16 kHz mono. */
export class HeardDecoder {
  private constructor(private readonly decoder: OpusDecoderHandle) {}

  static async open(): Promise<HeardDecoder> {
    const maxFrameSize = heardSamples(LONGEST_PACKET_MS);
    return new HeardDecoder(await createDecoder({ sampleRate: HEARD_RATE, channels: 1, maxFrameSize }));
  }

  /** Null for what is no Opus. */
  decode(payload: Uint8Array): Int16Array | null {
    try {
      return this.decoder.decode(payload);
    } catch {
      // Whatever a client sends as Opus: its packet counts as lost.
      return null;
    }
  }

  /** Makes up for a lost packet: out of the copy in the next one, or else by going on with the sound. */
  conceal(milliseconds: number, next: Uint8Array | null): Int16Array {
    const frameSize = heardSamples(concealable(milliseconds));
    try {
      return next
        ? this.decoder.decode(next, { decodeFec: true, frameSize })
        : this.decoder.decodePacketLoss(frameSize);
    } catch {
      return new Int16Array(frameSize);
    }
  }

  free(): void {
    this.decoder.free();
  }
}

/** Opus conceals in steps of 2.5 ms. */
const concealable = (milliseconds: number) =>
  Math.min(LONGEST_PACKET_MS, Math.max(2.5, Math.round(milliseconds / 2.5) * 2.5));
