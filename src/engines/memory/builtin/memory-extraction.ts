import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Logger } from '../../../core/logging/logger.js';
import { storableText } from '../../../core/util/storable.js';
import type { AiCatalog } from '../../ai/ai-catalog.port.js';
import { canExtract, type Extraction, extractByModel } from '../../model-extraction.js';
import type { MemoryMessage } from '../memory.port.js';
import { conversationOf } from './conversation.js';
import type { MemoryStatement } from './memory-statement.js';

const MAX_FACT = 500;

const EXTRACTION: Extraction<{ text: string }> = {
  name: 'memories',
  instruction:
    'You keep the long-term memory of a companion. Find in the transcript what will still be worth knowing about the ' +
    'user in weeks: facts, plans, events, people, preferences. Put each into one short sentence that stands alone, ' +
    'about "the user".',
  properties: { text: { type: 'string' } },
  read: ({ text }) => {
    const line = storableText(text).replaceAll(/\s+/gu, ' ').trim();
    return line === '' || line.length > MAX_FACT ? undefined : { text: line };
  },
};

/** Decides what of a turn is remembered. */
export class MemoryExtraction {
  constructor(
    private readonly ai: AiCatalog,
    private readonly logger: Logger,
    private readonly byModel: boolean,
  ) {}

  async statementsOf(messages: readonly MemoryMessage[], signal: AbortSignal): Promise<MemoryStatement[]> {
    const conversation = conversationOf(messages);
    const spoken = messages.some(({ role, content }) => role === 'user' && content.trim() !== '');
    const facts = spoken && this.byModel && canExtract(this.ai) ? await this.askModel(messages, signal) : undefined;
    // The model has put into its own words what the user said.
    return facts === undefined ? conversation : [...facts, ...conversation.filter(({ kind }) => kind === 'replied')];
  }

  /** Undefined where the model fails. */
  private async askModel(
    messages: readonly MemoryMessage[],
    signal: AbortSignal,
  ): Promise<MemoryStatement[] | undefined> {
    try {
      const found = await extractByModel(this.ai, messages, EXTRACTION, signal);
      return found.map(({ text, source }) => ({
        kind: 'fact' as const,
        text,
        messageId: source.id,
        createdAt: source.createdAt,
      }));
    } catch (error) {
      signal.throwIfAborted();
      const code = error instanceof CozyError ? error.code : 'INTERNAL_ERROR';
      this.logger.warn('The model found no memories, so the rules did', { code }, error);
      return undefined;
    }
  }
}
