import { Injectable } from '@nestjs/common';
import { NO_PAST, type Past } from '../../context/past.js';
import { endsUnmatched } from '../../context/unmatched-results.js';
import type { ChatMessage } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { currentSpan } from '../../core/tracing/tracing.js';
import { isUuid, newId } from '../../core/util/ids.js';
import {
  type NewMessage,
  type OpenedSession,
  type SessionHistory,
  TurnRepository,
} from '../../storage/messages/turn.repository.js';
import { SessionRepository } from '../../storage/sessions/session.repository.js';
import { SignalRepository } from '../../storage/signals/signal.repository.js';
import { ToolExchangeRepository } from '../../storage/tools/tool-exchange.repository.js';
import { UsageRepository } from '../../storage/usage/usage.repository.js';
import type { AnswerDraft } from './answer-draft.js';
import { trailing, withoutStored } from './new-messages.js';
import { asAnswer, asChatMessage, asNewMessage, type ClosingFacts, pastEntries } from './stored-messages.js';
import { exchangeKey, exchangeKeys, questionOf, restored, storedExchange } from './tool-exchange.js';

/** A turn that has been stored so far as it can be; what `close` needs. */
export interface OpenTurn {
  turnId: string;
  userId: string;
  /** Where the answer goes; null for a turn that is not stored. */
  place: { sessionId: string; seq: number } | null;
  /** Of a turn that is not stored: what it answers, to know it again when its caller comes back with results. */
  question?: string;
}

/** A turn taken up in a session, with what the session held before. */
export interface OpenedTurn {
  turn: OpenTurn;
  personalityId: string;
  past: Past;
  added: ChatMessage[];
}

interface TurnOwner {
  userId: string;
  requestId: string;
  /** Kept with what is said. */
  metadata?: Record<string, unknown>;
  /** Of spoken turns, whose calls may be answered as they come: whether there need be nothing to answer. */
  unasked?: boolean;
}

interface SessionOwner extends TurnOwner {
  sessionId: string;
}

/** How long a caller may take with its own functions. */
const KEEP_EXCHANGE_SECONDS = 86_400;

const unknownSession = () => new CozyError('RESOURCE_SESSION_NOT_FOUND', { param: 'session_id' });

/** Keeps turns: what was said before the model is asked, the answer after it. */
@Injectable()
export class TurnRecordService {
  constructor(
    private readonly turns: TurnRepository,
    private readonly sessions: SessionRepository,
    private readonly usage: UsageRepository,
    private readonly exchanges: ToolExchangeRepository,
    private readonly signals: SignalRepository,
  ) {}

  /**
   * Takes up a turn in a stored session: what the session does not hold yet of `conversation` is stored, and the
   * answer's place reserved. The session's own history is the truth; clients may resend it whole or not at all.
   */
  async openInSession(who: SessionOwner, conversation: ChatMessage[], limit: number): Promise<OpenedTurn> {
    const { sessionId, userId } = who;
    if (!isUuid(sessionId)) throw unknownSession();
    const turnId = newId();
    const key = { sessionId, userId, turnId };
    const given = trailing(conversation);
    const opened = await this.openQuickly(key, given, who, limit);
    const added = opened.seq === null ? withoutStored(given, await this.unanswered(opened)) : given;
    const entries = pastEntries(opened.messages, added.length === 0);
    if (opened.seq === null && !who.unasked)
      requireQuestion([...entries.flatMap(({ messages }) => messages), ...added], who);
    const seq = opened.seq ?? (await this.turns.open(key, this.newMessages(added, who)));
    if (seq === undefined) throw unknownSession();
    const { personalityId, summary, unseen } = opened;
    const turn = { turnId, userId, place: { sessionId, seq } };
    return { turn, personalityId, past: { entries, summary, unseen }, added };
  }

  /** In one round trip where the session ends with an answer and nobody's call; else the history, and a `seq` of null. */
  private async openQuickly(
    key: { sessionId: string; userId: string; turnId: string },
    given: ChatMessage[],
    who: TurnOwner,
    limit: number,
  ): Promise<OpenedSession> {
    if (given.length > 0 && !hasResults(given)) {
      const opened = await this.turns.openAnswered(key, this.newMessages(given, who), limit);
      if (!opened) throw unknownSession();
      return opened;
    }
    const history = await this.turns.history(key.sessionId, key.userId, limit);
    if (!history) throw unknownSession();
    return { ...history, seq: null };
  }

  /**
   * Takes up a turn whose messages are all new, at the end of a stored session or right `after` a place in it. Where the
   * session has gone on since, a copy of it up to there is what goes on.
   */
  async openContinuing(
    who: SessionOwner,
    added: ChatMessage[],
    limit: number,
    after: number | null,
  ): Promise<OpenedTurn> {
    const { sessionId, userId } = who;
    if (!isUuid(sessionId)) throw unknownSession();
    if (added.length === 0 || hasResults(added)) await this.requireStoredQuestion(who, added, limit, after);
    const turnId = newId();
    const opened = await this.turns.openAfter(
      { sessionId, userId, turnId },
      this.newMessages(added, who),
      limit,
      after,
    );
    if (!opened) throw unknownSession();
    if (opened.seq === null) return this.openContinuing(await this.copyUpTo(who, after), added, limit, null);
    const { personalityId, summary, unseen } = opened;
    const past = { entries: pastEntries(opened.messages, added.length === 0), summary, unseen };
    return { turn: { turnId, userId, place: { sessionId, seq: opened.seq } }, personalityId, past, added };
  }

  private async requireStoredQuestion(
    who: SessionOwner,
    added: ChatMessage[],
    limit: number,
    after: number | null,
  ): Promise<void> {
    const history = await this.turns.history(who.sessionId, who.userId, limit, after);
    if (!history) throw unknownSession();
    const stored = pastEntries(history.messages, added.length === 0).flatMap(({ messages }) => messages);
    requireQuestion([...stored, ...added], who);
  }

  private async copyUpTo(who: SessionOwner, place: number | null): Promise<SessionOwner> {
    const copyId = newId();
    const source = { id: who.sessionId, userId: who.userId };
    if (place === null || !(await this.sessions.copy(source, copyId, place))) throw unknownSession();
    return { ...who, sessionId: copyId };
  }

  /** Stores a conversation that the client kept so far in a new session, and reserves the answer's place. */
  async openNewSession(who: TurnOwner & { personalityId: string }, conversation: ChatMessage[]): Promise<OpenTurn> {
    const { userId, personalityId } = who;
    requireMatched(conversation, who);
    const sessionId = newId();
    await this.sessions.create({ id: sessionId, userId, personalityId, title: null, welcome: null });
    const turnId = newId();
    const seq = await this.turns.open({ sessionId, userId, turnId }, this.newMessages(conversation, who));
    if (seq === undefined) throw unknownSession();
    return { turnId, userId, place: { sessionId, seq } };
  }

  private newMessages(messages: ChatMessage[], who: TurnOwner): NewMessage[] {
    const metadata = { ...who.metadata, request_id: who.requestId, instance_id: this.signals.instanceId };
    return messages.map((message) => asNewMessage(message, metadata));
  }

  /**
   * What was said since the last whole answer by turns that are over: they failed, or their process has ended. A turn
   * that runs, here or elsewhere, has left nothing unanswered.
   */
  private async unanswered(history: SessionHistory): Promise<ChatMessage[]> {
    const last = history.messages.findLastIndex((message) => message.role === 'assistant' && !message.failed);
    const open = history.messages.slice(last + 1);
    const failed = new Set(open.filter((message) => message.failed).map(({ turnId }) => turnId));
    const ended = await this.signals.ended(open.flatMap(({ instanceId }) => instanceId ?? []));
    return open
      .filter(({ role }) => role !== 'assistant')
      .filter(
        ({ unanswered, turnId, instanceId }) =>
          unanswered || failed.has(turnId) || (instanceId !== null && ended.has(instanceId)),
      )
      .map(asChatMessage);
  }

  /**
   * A turn that leaves no trace but its usage. Where the caller comes back with results of its own functions, what
   * this server's tools did beside them is put back into its place.
   */
  async openUnstored(who: TurnOwner & { personalityId: string }, conversation: ChatMessage[]): Promise<OpenedTurn> {
    const { userId, personalityId } = who;
    const turn = { turnId: newId(), userId, place: null, question: questionOf(conversation) };
    requireMatched(conversation, who);
    const keys = exchangeKeys(conversation);
    if (keys.size === 0) return { turn, personalityId, past: NO_PAST, added: conversation };
    const kept = await this.exchanges.find(userId, [...keys.values()]);
    return { turn, personalityId, past: NO_PAST, added: restored(conversation, keys, kept) };
  }

  /** Stores the answer, or as much of it as was made. */
  async close(turn: OpenTurn, draft: AnswerDraft, facts: ClosingFacts): Promise<void> {
    const { turnId, userId, place } = turn;
    const { usage, model, personalityId, costUsd } = facts;
    const entry = {
      id: newId(),
      model,
      personalityId,
      promptTokens: usage.promptTokens,
      completionTokens: usage.completionTokens,
      costUsd,
    };
    const key = place && { sessionId: place.sessionId, userId, turnId };
    if (!key || draft.isEmpty) {
      if (usage.promptTokens + usage.completionTokens > 0) await this.usage.add({ ...entry, userId });
      if (key) await this.turns.leaveUnanswered(key);
      else await this.keepExchange(turn, draft);
      return;
    }
    const others = facts.jobs.map((work) => ({ ...work, id: newId() }));
    await this.turns.close(key, place.seq, asAnswer(draft, facts), entry, {
      titleId: newId(),
      others,
      traceparent: currentSpan().traceparent,
    });
  }

  private async keepExchange({ userId, question }: OpenTurn, { exchange, toolCalls }: AnswerDraft): Promise<void> {
    if (!exchange || !toolCalls) return;
    const key = exchangeKey(toolCalls, question ?? '');
    await this.exchanges.save(userId, key, storedExchange(exchange), KEEP_EXCHANGE_SECONDS);
  }
}

const hasResults = (messages: readonly ChatMessage[]) => messages.some(({ role }) => role === 'tool');

/** A stored conversation can be answered when it ends with somebody else's words than the companion's. */
function requireQuestion(conversation: ChatMessage[], who: TurnOwner): void {
  requireMatched(conversation, who);
  const last = conversation.at(-1);
  if (last && last.role !== 'assistant') return;
  throw new CozyError('VALIDATION_FAILED', {
    message: 'There is nothing to answer: the last message must be a user or tool message.',
    param: 'messages',
  });
}

/** As OpenAI does: without its call the model would not be given the result, and would answer something else. */
function requireMatched(conversation: ChatMessage[], { unasked }: TurnOwner): void {
  if (unasked !== undefined || !endsUnmatched(conversation)) return;
  throw new CozyError('VALIDATION_FAILED', {
    message: 'A tool message must answer a tool call before it, and all calls of one message are answered together.',
    param: 'messages',
  });
}
