import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Logger } from '../../../core/logging/logger.js';
import { isUuid, newId } from '../../../core/util/ids.js';
import { storableText } from '../../../core/util/storable.js';
import type { ProfileFactRepository, ProfileFactRow } from '../../../storage/profile-facts/profile-fact.repository.js';
import type { AiCatalog } from '../../ai/ai-catalog.port.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../../engine-health.js';
import type { MemoryTurn } from '../../memory/memory.port.js';
import { ProfileEngine, type ProfileFact } from '../profile.port.js';
import { ProfileExtraction } from './profile-extraction.js';
import { MAX_KEY, MAX_VALUE, slotOf, tidyKey, tidyValue } from './profile-keys.js';
import { byImportance, profileText } from './profile-lines.js';

export interface BuiltinProfileOptions {
  /** `model`: the chat model finds the facts, and the rules do where there is none or it fails; `rules`: they do. */
  extraction: 'model' | 'rules';
}

/** What is known of users, in this server's own Postgres: one belief at a time, with its history and where it came from. */
export class BuiltinProfileEngine extends ProfileEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'builtin';
  readonly isRemote = false;
  private readonly extraction: ProfileExtraction;

  constructor(
    private readonly profile: ProfileFactRepository,
    ai: AiCatalog,
    logger: Logger,
    options: BuiltinProfileOptions = { extraction: 'model' },
  ) {
    super();
    this.extraction = new ProfileExtraction(ai, logger, options.extraction === 'model');
  }

  async get(userId: string, maxTokens: number, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return profileText(await this.profile.believed(userId), maxTokens);
  }

  async update(turn: MemoryTurn, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { turnId, userId, messages } = turn;
    if (await this.profile.hasLearned(turnId)) return;
    const found = await this.extraction.factsOf(messages, () => this.profile.believed(userId), signal);
    const facts = found.map(({ key, value, source, message }) => ({
      id: newId(),
      key,
      slot: slotOf({ key, value }),
      value,
      source,
      messageId: isUuid(message.id) ? message.id : null,
      validFrom: message.createdAt,
    }));
    await this.profile.learn({ turnId, userId }, facts);
  }

  async facts(userId: string, signal: AbortSignal): Promise<ProfileFact[]> {
    signal.throwIfAborted();
    return byImportance(await this.profile.believed(userId)).map(asFact);
  }

  async setFact(userId: string, key: string, value: string, signal: AbortSignal): Promise<ProfileFact> {
    signal.throwIfAborted();
    const kept = { key: tidyKey(storableText(key)), value: tidyValue(storableText(value)) };
    if (kept.key === undefined) {
      throw rejected('key', `A key has at most ${MAX_KEY} letters, digits, dots and dashes, as in "family.sister".`);
    }
    if (kept.value === undefined) throw rejected('value', `A value has between 1 and ${MAX_VALUE} characters.`);
    const fact = { key: kept.key, value: kept.value };
    const row = await this.profile.set(userId, {
      ...fact,
      id: newId(),
      slot: slotOf(fact),
      source: 'user',
      messageId: null,
      validFrom: new Date(),
    });
    if (row === undefined) throw rejected('key', 'The profile is full. Remove a fact first.');
    return asFact(row);
  }

  async removeFact(userId: string, id: string, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    return isUuid(id) && this.profile.remove(userId, id);
  }

  async removeSession(userId: string, sessionId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (isUuid(sessionId)) await this.profile.removeSession(userId, sessionId);
  }

  async removeAll(userId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.profile.removeAll(userId);
  }

  /** It is as well as the database, which has a check of its own. */
  async health(): Promise<EngineHealth> {
    return { status: 'up' };
  }

  async close(): Promise<void> {}
}

const asFact = ({ id, key, value, validFrom, messageId }: ProfileFactRow): ProfileFact => ({
  id,
  key,
  value,
  since: validFrom,
  messageId,
});

const rejected = (param: string, message: string) => new CozyError('ENGINE_REQUEST_REJECTED', { param, message });
