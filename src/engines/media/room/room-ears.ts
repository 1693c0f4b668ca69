import type { types } from 'mediasoup';
import type { PacketGrowth } from '../../../core/metrics/media-metrics.js';
import { Ear } from '../audio/ear.js';
import { HeardDecoder } from '../audio/opus.js';
import { parseRtp } from '../rtp/rtp.js';
import { OPUS } from '../rtp/opus-codec.js';
import { askWorker } from '../worker/media-request.js';

export interface RoomEarsOptions {
  transport: types.DirectTransport;
  /** Milliseconds, monotonic. */
  now: () => number;
  hear: (speakerId: string, samples: Int16Array) => void;
  /** A microphone has ended. */
  gone: (speakerId: string) => void;
  measured: (growth: PacketGrowth) => void;
}

interface Listening {
  ear: Ear;
  consumer: types.Consumer;
  /** What was told to the metrics already. */
  told: { received: number; lost: number; late: number };
}

/** The server's ears in a room: one for each microphone. */
export class RoomEars {
  private readonly listenings = new Map<string, Listening>();
  private closed = false;

  constructor(private readonly options: RoomEarsOptions) {}

  /** Listens to a microphone until it, or `stop`, ends it. */
  async listen(speakerId: string, producerId: string): Promise<void> {
    const { transport, now, hear } = this.options;
    const decoder = await HeardDecoder.open();
    const ear = new Ear({ decoder, now, onFrame: (samples) => hear(speakerId, samples) });
    try {
      const consumer = await askWorker(() => transport.consume({ producerId, rtpCapabilities: { codecs: [OPUS] } }));
      this.stop(speakerId);
      if (this.closed) throw new Error('The room has closed meanwhile.');
      consumer.on('rtp', (packet) => {
        const opus = parseRtp(packet);
        if (opus) ear.take(opus);
      });
      consumer.observer.once('close', () => this.forget(speakerId, ear));
      this.listenings.set(speakerId, { ear, consumer, told: { received: 0, lost: 0, late: 0 } });
    } catch (error) {
      ear.close();
      throw error;
    }
  }

  stop(speakerId: string): void {
    this.listenings.get(speakerId)?.consumer.close();
  }

  /** Every 20 ms. */
  tick(): void {
    for (const { ear } of this.listenings.values()) ear.tick();
  }

  /** Tells the metrics what came since the last time. */
  measure(): void {
    for (const listening of this.listenings.values()) this.tell(listening);
  }

  close(): void {
    this.closed = true;
    for (const speakerId of this.listenings.keys()) this.stop(speakerId);
  }

  private forget(speakerId: string, ear: Ear): void {
    const listening = this.listenings.get(speakerId);
    if (listening?.ear === ear) {
      this.tell(listening);
      this.listenings.delete(speakerId);
      this.options.gone(speakerId);
    }
    ear.close();
  }

  private tell(listening: Listening): void {
    const { received, lost, late, jitterMs } = listening.ear.counts;
    const { told } = listening;
    this.options.measured({
      received: received - told.received,
      lost: lost - told.lost,
      late: late - told.late,
      jitterMs,
    });
    listening.told = { received, lost, late };
  }
}
