import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { EngineMetrics } from '../../core/metrics/engine-metrics.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../engine-health.js';
import { type SpeechRequest, TtsEngine } from './tts.port.js';

/** No single text may take more of the cache. */
const LARGEST_SHARE = 8;

/**
 * Says repeated texts from memory: what a text sounds like depends on nothing but the request. Only whole answers are
 * kept, under a hash.
 */
export class CachedTtsEngine extends TtsEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  private readonly sounds: LRUCache<string, Uint8Array>;
  private readonly largest: number;

  /** @param mostBytes of sound that are kept, more than 0. */
  constructor(
    private readonly engine: TtsEngine,
    mostBytes: number,
    private readonly metrics: EngineMetrics,
  ) {
    super();
    this.largest = Math.ceil(mostBytes / LARGEST_SHARE);
    this.sounds = new LRUCache({ maxSize: mostBytes, sizeCalculation: (sound) => sound.length });
  }

  get provider(): string {
    return this.engine.provider;
  }

  override async *speak(request: SpeechRequest, signal: AbortSignal): AsyncIterable<Uint8Array> {
    signal.throwIfAborted();
    const key = keyOf(request);
    const known = this.sounds.get(key);
    this.metrics.cached('tts', known === undefined ? 'miss' : 'hit');
    if (known !== undefined) {
      yield known;
      return;
    }
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of this.engine.speak(request, signal)) {
      bytes += piece.length;
      if (bytes <= this.largest) pieces.push(Uint8Array.from(piece));
      else pieces.length = 0;
      yield piece;
    }
    if (bytes > 0 && bytes <= this.largest) this.sounds.set(key, Buffer.concat(pieces));
  }

  override health(signal: AbortSignal): Promise<EngineHealth> {
    return this.engine.health(signal);
  }

  override close(): Promise<void> {
    this.sounds.clear();
    return this.engine.close();
  }
}

function keyOf({ text, format, model, voice, speed = 1, instructions }: SpeechRequest): string {
  const parts = [text, format, model ?? null, voice ?? null, speed, instructions ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
