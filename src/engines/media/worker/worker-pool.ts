import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Logger } from '../../../core/logging/logger.js';
import { MediaWorker, type MediaWorkerOptions } from './media-worker.js';

export interface WorkerPoolOptions extends Omit<MediaWorkerOptions, 'port'> {
  size: number;
  /** Of the first worker; each further one takes the next. 0 takes free ones. */
  firstPort: number;
  logger: Logger;
}

/** A worker that dies at once again and again is not started in a tight loop. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** One that has lived this long died of something else. */
const HEALTHY_MS = 60_000;

/** One place a core, each with a worker; a dead one is replaced. */
export class WorkerPool {
  private readonly places: (MediaWorker | undefined)[];
  private readonly pauses = new Set<NodeJS.Timeout>();
  private starting: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly options: WorkerPoolOptions) {
    this.places = Array.from({ length: options.size }, () => undefined);
  }

  get workers(): MediaWorker[] {
    return this.places.filter((worker) => worker !== undefined && !worker.dead) as MediaWorker[];
  }

  get size(): number {
    return this.options.size;
  }

  get started(): boolean {
    return this.starting !== undefined;
  }

  /** Starts the workers, once. Throws ENGINE_UNAVAILABLE when none starts; the next call tries again. */
  async start(): Promise<void> {
    this.starting ??= this.startAll();
    try {
      await this.starting;
    } catch (error) {
      this.starting = undefined;
      throw error;
    }
  }

  /** The worker with the fewest rooms, counted as one more from now on; give it back with `release`. */
  async acquire(): Promise<MediaWorker> {
    await this.start();
    const [first, ...others] = this.workers;
    if (!first || this.closed) {
      throw new CozyError('ENGINE_UNAVAILABLE', { message: 'No media worker runs at this moment. Try again shortly.' });
    }
    const freest = others.reduce((least, worker) => (worker.rooms < least.rooms ? worker : least), first);
    freest.rooms++;
    return freest;
  }

  release(worker: MediaWorker): void {
    worker.rooms--;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const pause of this.pauses) clearTimeout(pause);
    this.pauses.clear();
    await this.starting?.catch(() => undefined);
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  private async startAll(): Promise<void> {
    const started = await Promise.allSettled(this.places.map((_, place) => this.startAt(place, FIRST_PAUSE_MS)));
    const failed = started.filter((result) => result.status === 'rejected');
    for (const { reason } of failed) this.options.logger.error('A media worker did not start', {}, reason);
    if (failed.length === 0) return;
    // All or none: with a part of the ports taken, something else is wrong.
    await Promise.all(this.workers.map((worker) => worker.close()));
    throw new CozyError('ENGINE_UNAVAILABLE', {
      message: 'The media workers did not start.',
      cause: failed[0]?.reason,
    });
  }

  private async startAt(place: number, pauseMs: number): Promise<void> {
    const { firstPort, logger } = this.options;
    const startedAt = performance.now();
    const worker = await MediaWorker.start({ ...this.options, port: firstPort > 0 ? firstPort + place : 0 });
    if (this.closed) return worker.close();
    this.places[place] = worker;
    worker.onDeath(() => {
      logger.error('A media worker died; its calls have ended', { pid: worker.pid, rooms: worker.rooms });
      this.places[place] = undefined;
      const healthy = performance.now() - startedAt > HEALTHY_MS;
      this.replace(place, healthy ? FIRST_PAUSE_MS : pauseMs);
    });
  }

  private replace(place: number, pauseMs: number): void {
    if (this.closed) return;
    const pause = setTimeout(() => {
      this.pauses.delete(pause);
      const longer = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      this.startAt(place, longer).catch((error: unknown) => {
        this.options.logger.error('A media worker did not start', {}, error);
        this.replace(place, longer);
      });
    }, pauseMs);
    pause.unref();
    this.pauses.add(pause);
  }
}
