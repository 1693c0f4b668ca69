import { Counter, Gauge, Histogram } from 'prom-client';
import { MediaSection } from '../../src/core/config/sections/media.section.js';
import { Logger } from '../../src/core/logging/logger.js';
import { MediaMetrics } from '../../src/core/metrics/media-metrics.js';
import { FrameClock } from '../../src/engines/media/audio/frame-clock.js';
import { MediasoupMediaEngine } from '../../src/engines/media/mediasoup-media.engine.js';
import { findWorkerBinary } from '../../src/engines/media/worker/worker-binary.mjs';

/** Null where there is none: what needs a worker is skipped then, but never on CI. */
export const workerBinary = findWorkerBinary(process.env.MEDIASOUP_WORKER_BIN, process.env.XDG_CACHE_HOME);

const reason = 'no mediasoup worker (npm run media:build makes one, or set MEDIASOUP_WORKER_BIN)';
if (!workerBinary && process.env.CI) throw new Error(`Calls cannot be tested: ${reason}`);
if (!workerBinary) console.warn(`Skipping the tests of calls over WebRTC: ${reason}`);

export interface MediaStage {
  engine: MediasoupMediaEngine;
  /** In force: rooms look at them when they need them. */
  settings: MediaSection;
  metrics: MediaMetrics;
  /** What a metric of the stage shows. */
  shown: (name: string, labels?: Record<string, string>) => Promise<number>;
}

/** Metrics of a test's own, outside the process's registry. */
export function mediaMetrics(): Pick<MediaStage, 'metrics' | 'shown'> {
  const registers: [] = [];
  const named = (name: string) => ({ name, help: name, registers });
  const parts = [
    new Gauge({ ...named('open'), labelNames: ['what'] }),
    new Counter(named('cpu')),
    new Counter(named('deaths')),
    new Counter({ ...named('packets'), labelNames: ['outcome'] }),
    new Histogram(named('jitter')),
  ] as const;
  const shown = async (name: string, labels: Record<string, string> = {}) => {
    const all = await Promise.all(parts.map((part) => part.get()));
    const values = all.find((metric) => metric.name === name)?.values ?? [];
    const fits = ({ labels: own }: { labels: object }) =>
      Object.entries(labels).every((entry) => own[entry[0] as never] === entry[1]);
    return values.find(fits)?.value ?? 0;
  };
  return { metrics: new MediaMetrics(...parts), shown };
}

export function mediaStage(changes: Partial<MediaSection> = {}, binary = workerBinary): MediaStage {
  const settings = Object.assign(new MediaSection(), { num_workers: 1 }, changes);
  const { metrics, shown } = mediaMetrics();
  const engine = new MediasoupMediaEngine({
    binary,
    settings,
    clock: new FrameClock(),
    metrics,
    logger: new Logger('silent'),
  });
  return { engine, settings, metrics, shown };
}
