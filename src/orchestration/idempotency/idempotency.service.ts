import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ApiSection } from '../../core/config/sections/api.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import {
  type HeldKey,
  IdempotencyKeyRepository,
  type KeyClaim,
} from '../../storage/idempotency/idempotency-key.repository.js';
import { SignalRepository } from '../../storage/signals/signal.repository.js';

export interface Answer {
  status: number;
  contentType: string;
  body: Buffer;
}

export interface RepeatableRequest {
  method: string;
  path: string;
  body: unknown;
}

const hashOf = ({ method, path, body }: RepeatableRequest): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([method, path, body ?? null]))
    .digest();

/** Longer than any answer may take: then the key is free, whatever became of the request that holds it. */
const LOCK_SECONDS = 600;

const ACCEPTED_KEY = /^[\x21-\x7e]{1,255}$/;

/** Lets a caller send the same request twice and have it done once. Keys are the caller's own. */
@Injectable()
export class IdempotencyService {
  constructor(
    private readonly keys: IdempotencyKeyRepository,
    private readonly signals: SignalRepository,
    private readonly section: ApiSection,
    private readonly logger: Logger,
  ) {}

  /**
   * The first answer if there is one, undefined if this request is the first. Throws on another body under the same
   * key (422) and while the first request is still being answered (409).
   */
  async begin(userId: string, key: string, request: RepeatableRequest): Promise<Answer | undefined> {
    if (!ACCEPTED_KEY.test(key)) {
      throw new CozyError('VALIDATION_FAILED', {
        message: 'Idempotency-Key must be 1 to 255 visible ASCII characters.',
        param: 'Idempotency-Key',
      });
    }
    const claim = this.claim(userId, key, request);
    const kept = await this.take(claim);
    if (!kept) return undefined;
    if (!kept.requestHash.equals(claim.requestHash))
      throw new CozyError('VALIDATION_IDEMPOTENCY_MISMATCH', { param: 'Idempotency-Key' });
    if (kept.responseStatus === null) throw new CozyError('RESOURCE_IN_FLIGHT', { retryAfterSeconds: 1 });
    return {
      status: kept.responseStatus,
      contentType: kept.contentType ?? 'application/json; charset=utf-8',
      body: kept.body ?? Buffer.alloc(0),
    };
  }

  /** Keeps an answer, or frees the key where there is none worth keeping. Never fails the request that was answered. */
  async end(userId: string, key: string, request: RepeatableRequest, answer: Answer | undefined): Promise<void> {
    const claim = this.claim(userId, key, request);
    try {
      await (answer ? this.keys.keep(claim, answer) : this.keys.release(claim));
    } catch (error) {
      this.logger.error('The answer under an Idempotency-Key could not be kept', {}, error);
    }
  }

  private claim(userId: string, key: string, request: RepeatableRequest): KeyClaim {
    return { userId, key, requestHash: hashOf(request), instanceId: this.signals.instanceId };
  }

  /** Takes the key also from a holder that has ended, as after a crash; of two who come for it, one finds the other. */
  private async take(claim: KeyClaim): Promise<HeldKey | undefined> {
    const seconds = { lock: LOCK_SECONDS, ttl: this.section.idempotency_ttl_seconds };
    const held = await this.keys.take(claim, seconds);
    if (!held || held.responseStatus !== null) return held;
    const ended = await this.signals.ended([held.instanceId]);
    return ended.has(held.instanceId) ? this.keys.take(claim, seconds, held.instanceId) : held;
  }
}
