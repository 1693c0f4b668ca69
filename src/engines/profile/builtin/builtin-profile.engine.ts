import { type ExtractionMode, type ExtractionWish, modeOf } from '../../../core/domain/write-back.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { isUuid, newId } from '../../../core/util/ids.js';
import { storableText } from '../../../core/util/storable.js';
import { timeSlices } from '../../../core/util/time-slices.js';
import type {
  ProfileFactRepository,
  ProfileFactRow,
  TurnBelief,
} from '../../../storage/profile-facts/profile-fact.repository.js';
import type { AiCatalog } from '../../ai/ai-catalog.port.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../../engine-health.js';
import type { MemoryTurn } from '../../memory/memory.port.js';
import { extractionModel } from '../../model-extraction.js';
import { ProfileEngine, type ProfileFact } from '../profile.port.js';
import { factsByModel, factsByRules, type FoundStatement } from './profile-extraction.js';
import { MAX_KEY, MAX_VALUE, slotOf, tidyKey, tidyValue } from './profile-keys.js';
import { byImportance, profileText } from './profile-lines.js';

export interface BuiltinProfileOptions {
  /**
   * Rules find facts at once. `model`: a chat model, where there is one, later looks for more; `auto` is the same;
   * `rules`: nobody does. A personality may say otherwise.
   */
  extraction: ExtractionMode;
}

/** What is known of users, in this server's own Postgres: one belief at a time, with its history and where it came from. */
export class BuiltinProfileEngine extends ProfileEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'builtin';
  readonly isRemote = false;
  readonly batchSize = 50;
  override readonly mixesUsers = true;

  constructor(
    private readonly profile: ProfileFactRepository,
    private readonly ai: AiCatalog,
    private readonly options: BuiltinProfileOptions = { extraction: 'auto' },
  ) {
    super();
  }

  async get(userId: string, maxTokens: number, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return profileText(await this.profile.believed(userId), maxTokens);
  }

  async updateAll(turns: readonly MemoryTurn[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (turns.length === 0) return;
    const beliefs: TurnBelief[] = [];
    const pause = timeSlices();
    for (const turn of turns) {
      beliefs.push(...factsByRules([turn]).map(asBelief));
      // Turns of many users come together, and others are being answered meanwhile.
      await pause();
    }
    await this.profile.learn(turns, beliefs, false);
  }

  override refines(wish: ExtractionWish): boolean {
    const wanted = modeOf(wish.mode, this.options.extraction) !== 'rules';
    return wanted && extractionModel(this.ai, wish) !== undefined;
  }

  override async refineAll(turns: readonly MemoryTurn[], wish: ExtractionWish, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const [first] = turns;
    const model = extractionModel(this.ai, wish);
    if (first === undefined || model === undefined) return;
    const done = await this.profile.refined(idsOf(turns));
    const fresh = turns.filter(({ turnId }) => !done.has(turnId));
    const found = await factsByModel(model, fresh, await this.profile.believed(first.userId), signal);
    await this.profile.learn(turns, found.map(asBelief), true);
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

const idsOf = (turns: readonly MemoryTurn[]): string[] => turns.map(({ turnId }) => turnId);

function asBelief({ found, source, turn: { userId, turnId }, message }: FoundStatement): TurnBelief {
  const origin = { source, messageId: isUuid(message.id) ? message.id : null, validFrom: message.createdAt };
  if ('endedKeys' in found)
    return { userId, turnId, belief: { ...origin, retracts: found.endedKeys, value: found.value } };
  return { userId, turnId, belief: { ...origin, ...found, id: newId(), slot: slotOf(found) } };
}

const asFact = ({ id, key, value, validFrom, messageId }: ProfileFactRow): ProfileFact => ({
  id,
  key,
  value,
  since: validFrom,
  messageId,
});

const rejected = (param: string, message: string) => new CozyError('ENGINE_REQUEST_REJECTED', { param, message });
