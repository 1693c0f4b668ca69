import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Logger } from '../../../core/logging/logger.js';
import { FactBook } from '../../../core/statements/facts.js';
import { learnFrom } from '../../../core/statements/statements.js';
import { storableText } from '../../../core/util/storable.js';
import type { AiCatalog } from '../../ai/ai-catalog.port.js';
import type { MemoryMessage } from '../../memory/memory.port.js';
import { canExtract, type Extraction, extractByModel } from '../../model-extraction.js';
import { type KeyedFact, keyedFact, tidyKey, tidyValue } from './profile-keys.js';

/** A fact that was found, by whom, and where. */
export interface FoundFact extends KeyedFact {
  source: 'rules' | 'model';
  message: MemoryMessage;
}

/** Longer messages are documents that were pasted; who says "I" in them is not the user. */
const MAX_MESSAGE = 2000;
/** The model is shown what is known, so that it calls the same things by the same keys. */
const MOST_SHOWN = 80;

const EXTRACTION: Extraction<KeyedFact> = {
  name: 'profile_facts',
  instruction:
    'You keep the profile of the user of a companion. Find in the transcript what the user says of themselves that ' +
    'stays true for months. `key` is one of: name, nickname, pronouns, age, birthday, home, origin, occupation, work, ' +
    'studies, role, language, likes, dislikes, hobby, goal, allergy, diet, family.<relation>, pet.<animal>, ' +
    'people.<relation>, favourite.<thing>, or another short English word of that kind. `value` is as short as can be: ' +
    'for family, pets and people it is the name. One fact an item. What contradicts `known` is given under the same key.',
  properties: { key: { type: 'string' }, value: { type: 'string' } },
  read: ({ key, value }) => {
    const [tidiedKey, tidiedValue] = [tidyKey(storableText(key)), tidyValue(storableText(value))];
    return tidiedKey === undefined || tidiedValue === undefined ? undefined : { key: tidiedKey, value: tidiedValue };
  },
};

/** Finds what a turn says of the user, in the order in which it was said. */
export class ProfileExtraction {
  constructor(
    private readonly ai: AiCatalog,
    private readonly logger: Logger,
    private readonly byModel: boolean,
  ) {}

  /** @param known asks for what is known already, where a model is going to be asked. */
  async factsOf(
    messages: readonly MemoryMessage[],
    known: () => Promise<KeyedFact[]>,
    signal: AbortSignal,
  ): Promise<FoundFact[]> {
    const spoken = messages.some(({ role, content }) => role === 'user' && content.trim() !== '');
    if (!spoken) return [];
    return (this.byModel && canExtract(this.ai) && (await this.askModel(messages, known, signal))) || byRules(messages);
  }

  /** Undefined where the model fails. */
  private async askModel(
    messages: readonly MemoryMessage[],
    known: () => Promise<KeyedFact[]>,
    signal: AbortSignal,
  ): Promise<FoundFact[] | undefined> {
    const shown = (await known()).slice(0, MOST_SHOWN).map(({ key, value }) => ({ key, value }));
    try {
      const found = await extractByModel(this.ai, messages, { ...EXTRACTION, known: shown }, signal);
      return found.map(({ key, value, source }) => ({ key, value, source: 'model' as const, message: source }));
    } catch (error) {
      signal.throwIfAborted();
      const code = error instanceof CozyError ? error.code : 'INTERNAL_ERROR';
      this.logger.warn('The model found no facts, so the rules did', { code }, error);
      return undefined;
    }
  }
}

function byRules(messages: readonly MemoryMessage[]): FoundFact[] {
  // One book for the turn: "I have a cat" may be followed by "her name is Luna" in the next message.
  const book = new FactBook();
  return messages
    .filter(({ role, content }) => role === 'user' && content.length <= MAX_MESSAGE)
    .flatMap((message) =>
      learnFrom(book, storableText(message.content)).flatMap((fact) => {
        const keyed = keyedFact(fact);
        return keyed === undefined ? [] : [{ ...keyed, source: 'rules' as const, message }];
      }),
    );
}
