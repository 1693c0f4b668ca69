import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Logger } from '../../core/logging/logger.js';
import type { CacheOutcome } from '../../core/metrics/engine-metrics.js';
import { withDeadline } from '../../core/util/deadline.js';
import { CacheRepository } from '../../storage/cache/cache.repository.js';
import { cacheKey, type CacheSource, subjectOf } from './cache-key.js';
import { deepFreeze, isEmptyAnswer, packed, unpacked } from './cached-value.js';
import type { ChangeScope, EngineQuestion } from './resilience.port.js';

/** How long an answer is good for. Much shorter than generations are kept. */
const TTL_MS = 60_000;
/** That nothing is known is soon out of date. */
const EMPTY_TTL_MS = 5000;
const MOST_ENTRIES = 5000;
const MOST_BYTES = 32 * 1024 * 1024;
/** Larger answers are rare, and would push out many small ones. */
const LARGEST_BYTES = 256 * 1024;

interface Entry {
  value: unknown;
  bytes: number;
}

export interface CacheLookup {
  outcome: CacheOutcome;
  /** Frozen; undefined unless it is a hit. */
  value?: unknown;
  /** Where a fresh answer belongs; undefined where it must not be kept. */
  place?: string;
}

/**
 * Answers of remote engines: in this process, and in Redis for all. Where an answer stands depends on the generation of
 * its user, which every change raises; so an answer that was on its way during a change lands where nobody looks.
 */
@Injectable()
export class EngineCache {
  /** A turn never waits longer for the cache, whatever is the matter with it. */
  protected readonly lookUpMs: number = 100;
  private readonly entries = new LRUCache<string, Entry>({
    max: MOST_ENTRIES,
    maxSize: MOST_BYTES,
    maxEntrySize: LARGEST_BYTES,
    sizeCalculation: ({ bytes }) => bytes,
  });

  constructor(
    private readonly repository: CacheRepository,
    private readonly logger: Logger,
  ) {}

  /** Never throws, and never takes long. */
  async find(source: CacheSource, question: EngineQuestion): Promise<CacheLookup> {
    try {
      return await withDeadline(
        new AbortController().signal,
        this.lookUpMs,
        () => this.lookUp(source, question),
        () => new Error('The cache took too long'),
      );
    } catch (error) {
      this.logger.warn('The cache of engine answers is passed over', { kind: source.kind }, error);
      return { outcome: 'unavailable' };
    }
  }

  /** Frozen from now on. Nobody waits for Redis. */
  keep(place: string | undefined, value: unknown): void {
    if (place === undefined) return;
    const ttl = isEmptyAnswer(value) ? EMPTY_TTL_MS : TTL_MS;
    const text = packed(value, Date.now() + ttl);
    const bytes = Buffer.byteLength(text);
    if (bytes > LARGEST_BYTES) return;
    this.entries.set(place, { value: deepFreeze(value), bytes }, { ttl });
    void this.repository.set(place, text, ttl);
  }

  /** Once this is done, no instance answers from before. */
  async forget(scope: ChangeScope): Promise<void> {
    await this.repository.raise(subjectOf(scope));
  }

  private async lookUp(source: CacheSource, question: EngineQuestion): Promise<CacheLookup> {
    const subjects = [subjectOf('everybody'), subjectOf({ userId: question.userId })];
    const place = cacheKey(source, question, await this.repository.generations(subjects));
    const here = this.entries.get(place);
    if (here !== undefined) return { outcome: 'hit', value: here.value };
    const text = await this.repository.get(place);
    const there = text === null ? undefined : unpacked(text);
    const ttl = (there?.expiresAt ?? 0) - Date.now();
    if (text === null || there === undefined || ttl <= 0) return { outcome: 'miss', place };
    const value = deepFreeze(there.value);
    // A clock that is ahead of this one must not make an answer last.
    this.entries.set(place, { value, bytes: Buffer.byteLength(text) }, { ttl: Math.min(ttl, TTL_MS) });
    return { outcome: 'hit', value };
  }
}
