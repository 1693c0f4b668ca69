import { Injectable } from '@nestjs/common';
import { ContextSection } from '../../core/config/sections/context.section.js';
import type { PromisedWork } from '../../core/domain/write-back.js';
import { ContextMetrics } from '../../core/metrics/context-metrics.js';
import { countTokens } from '../../core/util/token-estimate.js';
import { type HistoryMessage, TurnRepository } from '../../storage/messages/turn.repository.js';
import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';
import { type OlderMessage, SessionSummaryRepository } from '../../storage/summaries/session-summary.repository.js';
import type { RowHandler } from '../jobs/job-handler.js';
import { SummaryWriterService, type WrittenSummary } from './summary-writer.service.js';

const SESSION_SUMMARY = 'session.summary';

/** What a turn of a long session promises. */
export const SUMMARY_PROMISE: PromisedWork = { kind: SESSION_SUMMARY, delayMs: 0, deadCode: null };

/** Of the messages that a turn is given, and of the window: the newest stay as they are, and are not summarised. */
const KEPT_MESSAGES = 0.5;
const KEPT_WINDOW = 0.25;
/** What one request to the model holds at most. */
const MOST_MESSAGES = 100;
const MOST_CHARACTERS = 16_000;
const MESSAGE_CHARACTERS = 2000;
/** A session with more to catch up on goes on with its next turn. */
const MOST_PASSES = 5;
/** A model that fails so often is not waited for: excerpts are better than a gap. */
const ATTEMPTS_BY_MODEL = 2;

const SPOKEN: ReadonlySet<string> = new Set(['user', 'assistant']);

interface Progress {
  text: string;
  coversTo: number;
}

/**
 * Folds the older messages of a long session into its summary, a part at a time: the summary so far and what was said
 * next become the next summary. What runs twice, or for a session that is gone, changes nothing.
 */
@Injectable()
export class SummaryJob implements RowHandler {
  readonly kinds = [SESSION_SUMMARY];

  constructor(
    private readonly turns: TurnRepository,
    private readonly summaries: SessionSummaryRepository,
    private readonly writer: SummaryWriterService,
    private readonly section: ContextSection,
    private readonly metrics: ContextMetrics,
  ) {}

  async run(row: OutboxRow): Promise<true> {
    const { sessionId, userId } = row;
    const history = sessionId ? await this.turns.history(sessionId, userId, this.section.recent_messages) : undefined;
    if (!sessionId || !history) return true;
    const plan = this.writer.planFor(history.personalityId);
    const before = this.firstKept(history.messages, plan.engine.contextWindow * KEPT_WINDOW);
    const byRules = row.attempts >= ATTEMPTS_BY_MODEL;
    let progress: Progress | undefined = history.summary ?? { text: '', coversTo: 0 };
    for (let pass = 0; pass < MOST_PASSES && progress; pass += 1) {
      progress = await this.fold({ sessionId, userId }, progress, before, (previous, said) =>
        this.writer.write(plan, previous, said, byRules),
      );
    }
    return true;
  }

  /** The `seq` of the oldest message that is not to be summarised yet. */
  private firstKept(messages: readonly HistoryMessage[], tokens: number): number {
    const most = Math.max(1, Math.floor(this.section.recent_messages * KEPT_MESSAGES));
    let left = tokens;
    let first = messages.at(-1)?.seq ?? 0;
    for (const message of messages.slice(-most).toReversed()) {
      left -= tokensOf(message);
      if (left < 0) break;
      first = message.seq;
    }
    return first;
  }

  /** Undefined where there is nothing older, somebody else was faster, or the session is gone. */
  private async fold(
    key: { sessionId: string; userId: string },
    { text: previous, coversTo: coveredTo }: Progress,
    before: number,
    write: (previous: string, said: OlderMessage[]) => Promise<WrittenSummary>,
  ): Promise<Progress | undefined> {
    const range = { after: coveredTo, before };
    const older = atOnce(await this.summaries.older(key, range, MOST_MESSAGES, MESSAGE_CHARACTERS));
    const coversTo = older.at(-1)?.seq;
    if (coversTo === undefined) return undefined;
    const said = older.filter(({ role, content }) => SPOKEN.has(role) && content.trim() !== '');
    const { text, model } = said.length > 0 ? await write(previous, said) : { text: previous, model: null };
    const summary = { ...key, text, model, tokens: countTokens(text), coversTo, coveredTo };
    if (!(await this.summaries.save(summary))) return undefined;
    this.metrics.summarized(model === null ? 'rules' : 'model');
    return { text, coversTo };
  }
}

function atOnce(messages: readonly OlderMessage[]): OlderMessage[] {
  let left = MOST_CHARACTERS;
  const end = messages.findIndex(({ content }) => (left -= content.length) < 0);
  return messages.slice(0, end === -1 ? messages.length : Math.max(1, end));
}

/** About: what passed with tools is not worth an exact count here. */
const tokensOf = ({ content, exchange }: HistoryMessage): number =>
  countTokens(content ?? '') + (exchange ? JSON.stringify(exchange).length / 4 : 0);
