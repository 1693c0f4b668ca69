import { availableParallelism } from 'node:os';
import type { MediaSection } from '../../core/config/sections/media.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { Logger } from '../../core/logging/logger.js';
import type { MediaMetrics } from '../../core/metrics/media-metrics.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../engine-health.js';
import type { FrameClock } from './audio/frame-clock.js';
import { type MediaAnswer, MediaEngine, type MediaRoom } from './media.port.js';
import { MediasoupRoom, type RoomParts } from './room/mediasoup-room.js';
import { BrowserCall } from './sdp/browser-call.js';
import { readOffer } from './sdp/offer.js';
import { WorkerPool } from './worker/worker-pool.js';

export interface MediasoupMediaOptions {
  /** The worker; null where none was found. */
  binary: string | null;
  settings: MediaSection;
  clock: FrameClock;
  metrics: MediaMetrics;
  logger: Logger;
}

const MEASURE_EVERY_MS = 10_000;
const UNAVAILABLE =
  'There is no media worker on this server: calls go over sockets (docs/voice.md says how to get one).';

/** Calls over WebRTC by mediasoup. */
export class MediasoupMediaEngine extends MediaEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'mediasoup';
  private readonly pool: WorkerPool | null;
  private readonly rooms = new Set<MediasoupRoom | BrowserCall>();
  private measuring: NodeJS.Timeout | undefined;

  constructor(private readonly options: MediasoupMediaOptions) {
    super();
    const { binary, settings, metrics, logger } = options;
    const { num_workers: size, port: firstPort, announced_address: announcedAddress } = settings;
    this.pool =
      binary === null
        ? null
        : new WorkerPool({
            binary,
            size: size > 0 ? size : availableParallelism(),
            firstPort,
            announcedAddress,
            metrics,
            logger,
          });
    if (!this.pool) logger.warn(UNAVAILABLE);
  }

  get isAvailable(): boolean {
    return this.pool !== null;
  }

  /** Workers start with the first call; or here, where a port of the operator's must be found taken at once. */
  async start(): Promise<void> {
    if (this.pool && this.options.settings.port > 0) await this.pool.start();
  }

  open(roomId: string): Promise<MediaRoom> {
    return this.onWorker((parts) => MediasoupRoom.open(roomId, parts));
  }

  checkOffer(sdp: string): void {
    readOffer(sdp);
    this.requirePool();
  }

  answer(callId: string, sdp: string): Promise<MediaAnswer> {
    const offer = readOffer(sdp);
    return this.onWorker((parts) => BrowserCall.open(offer, { ...parts, callId }));
  }

  private requirePool(): WorkerPool {
    if (!this.pool) throw new CozyError('ENGINE_UNAVAILABLE', { message: UNAVAILABLE });
    return this.pool;
  }

  private async onWorker<Room extends MediasoupRoom | BrowserCall>(
    open: (parts: RoomParts) => Promise<Room>,
  ): Promise<Room> {
    const pool = this.requirePool();
    const { settings, metrics, clock, logger } = this.options;
    const worker = await pool.acquire();
    try {
      const room = await open({ worker, settings, metrics, clock, logger });
      this.rooms.add(room);
      this.measuring ??= setInterval(() => void this.measure(), MEASURE_EVERY_MS).unref();
      room.onEnd(() => {
        this.rooms.delete(room);
        pool.release(worker);
      });
      return room;
    } catch (error) {
      pool.release(worker);
      throw error;
    }
  }

  async health(): Promise<EngineHealth> {
    const { pool } = this;
    if (!pool) return { status: 'down', reason: UNAVAILABLE };
    if (!pool.started) return { status: 'up' };
    const running = pool.workers.length;
    if (running === 0) return { status: 'down', reason: 'No media worker runs.' };
    if (running === pool.size) return { status: 'up' };
    return { status: 'degraded', reason: `${running} of ${pool.size} media workers run.` };
  }

  /** The workers that run, for the tests of what they hold. */
  get workers(): WorkerPool['workers'] {
    return this.pool?.workers ?? [];
  }

  async close(): Promise<void> {
    clearInterval(this.measuring);
    await Promise.all([...this.rooms].map((room) => room.close()));
    await this.pool?.close();
  }

  /** Tells the metrics what was used and heard; called every 10 s. */
  private async measure(): Promise<void> {
    for (const room of this.rooms) room.measure();
    const measured = await Promise.allSettled(this.workers.map((worker) => worker.measure()));
    for (const result of measured) {
      if (result.status === 'rejected')
        this.options.logger.warn('A media worker gave no account of itself', {}, result.reason);
    }
  }
}
