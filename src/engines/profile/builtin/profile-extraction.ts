import { type Ending, FactBook } from '../../../core/statements/facts.js';
import { statementsOf } from '../../../core/statements/statements.js';
import { storableText } from '../../../core/util/storable.js';
import type { MemoryMessage, MemoryTurn } from '../../memory/memory.port.js';
import { type Extraction, type ExtractionModel, extractByModel } from '../../model-extraction.js';
import { endedKeys, type KeyedFact, keyedFact, tidyKey, tidyValue } from './profile-keys.js';

/** That facts of these keys have ended: those of the value, or all of them where it is empty. */
export interface EndedFact {
  endedKeys: string[];
  value: string;
}

/** Something that was found, by whom, and where. */
export interface FoundStatement {
  found: KeyedFact | EndedFact;
  source: 'rules' | 'model';
  turn: MemoryTurn;
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

/** What turns say of the user by rules, in the order in which it was said. */
export function factsByRules(turns: readonly MemoryTurn[]): FoundStatement[] {
  return turns.flatMap((turn) => {
    // One book for the turn: "I have a cat" may be followed by "her name is Luna" in the next message.
    const book = new FactBook();
    return turn.messages
      .filter(({ role, content }) => role === 'user' && content.length <= MAX_MESSAGE)
      .flatMap((message) =>
        statementsOf(book, storableText(message.content)).flatMap((statement) => {
          const found = 'ends' in statement ? endingOf(statement) : keyedFact(statement);
          return found === undefined ? [] : [{ found, source: 'rules' as const, turn, message }];
        }),
      );
  });
}

/** What a model finds in several turns together. Throws a CozyError where it fails. */
export async function factsByModel(
  model: ExtractionModel,
  turns: readonly MemoryTurn[],
  known: readonly KeyedFact[],
  signal: AbortSignal,
): Promise<FoundStatement[]> {
  const turnOf = new Map(turns.flatMap((turn) => turn.messages.map((message) => [message, turn] as const)));
  const messages = [...turnOf.keys()];
  if (!messages.some(({ role, content }) => role === 'user' && content.trim() !== '')) return [];
  const shown = known.slice(0, MOST_SHOWN).map(({ key, value }) => ({ key, value }));
  const found = await extractByModel(model, messages, { ...EXTRACTION, known: shown }, signal);
  return found.flatMap(({ key, value, source: message }) => {
    const turn = turnOf.get(message);
    return turn === undefined ? [] : [{ found: { key, value }, source: 'model' as const, turn, message }];
  });
}

function endingOf(ending: Ending): EndedFact | undefined {
  const endedAs = endedKeys(ending);
  const value = tidyValue(ending.value) ?? '';
  return endedAs.length === 0 || (ending.value !== '' && value === '') ? undefined : { endedKeys: endedAs, value };
}
