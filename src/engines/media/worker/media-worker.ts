import type { types } from 'mediasoup';
import type { MediaMetrics } from '../../../core/metrics/media-metrics.js';
import { OPUS, type OpusCodec } from '../rtp/opus-codec.js';
import { askWorker } from './media-request.js';
import { listenInfos } from './listen-addresses.js';

export interface MediaWorkerOptions {
  binary: string;
  /** UDP and TCP; 0 takes free ones. */
  port: number;
  announcedAddress?: string;
  metrics: MediaMetrics;
}

/** One process of mediasoup with its port. */
export class MediaWorker {
  /** Rooms on it; the pool counts them. */
  rooms = 0;
  private readonly deathListeners = new Set<() => void>();
  private cpuMs = 0;

  private constructor(
    private readonly worker: types.Worker,
    readonly server: types.WebRtcServer,
    private readonly metrics: MediaMetrics,
  ) {
    metrics.opened('workers');
    worker.observer.once('close', () => metrics.closed('workers'));
    worker.once('died', () => this.die());
  }

  static async start({ binary, port, announcedAddress, metrics }: MediaWorkerOptions): Promise<MediaWorker> {
    // Loaded when it is needed: a server that only writes starts sooner.
    const { createWorker } = await import('mediasoup');
    const worker = await askWorker(() => createWorker({ workerBin: binary, logLevel: 'error' }));
    try {
      const server = await askWorker(() =>
        worker.createWebRtcServer({ listenInfos: listenInfos(port, announcedAddress) }),
      );
      return new MediaWorker(worker, server, metrics);
    } catch (error) {
      worker.close();
      throw error;
    }
  }

  get pid(): number {
    return this.worker.pid;
  }

  get dead(): boolean {
    return this.worker.died || this.worker.closed;
  }

  openRouter(codec: OpusCodec = OPUS): Promise<types.Router> {
    return askWorker(() => this.worker.createRouter({ mediaCodecs: [codec] }));
  }

  /** Returns how to take it back. */
  onDeath(listener: () => void): () => void {
    this.deathListeners.add(listener);
    return () => this.deathListeners.delete(listener);
  }

  /** Tells the metrics what it used since the last time. */
  async measure(): Promise<void> {
    const { ru_utime: user, ru_stime: system } = await askWorker(() => this.worker.getResourceUsage());
    this.metrics.workerCpu(Math.max(0, user + system - this.cpuMs));
    this.cpuMs = user + system;
  }

  /** What it holds: the tests of closing count it. */
  dump(): Promise<[types.WorkerDump, types.WebRtcServerDump]> {
    return askWorker(() => Promise.all([this.worker.dump(), this.server.dump()]));
  }

  /** Resolves when the process has ended. */
  async close(): Promise<void> {
    if (this.worker.subprocessClosed) return;
    const ended = new Promise<void>((resolve) => this.worker.once('subprocessclose', resolve));
    this.worker.close();
    await askWorker(() => ended);
  }

  private die(): void {
    this.metrics.workerDied();
    for (const listener of this.deathListeners) listener();
  }
}
