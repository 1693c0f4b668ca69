import { Injectable } from '@nestjs/common';
import type { Personality } from '../core/domain/personality.js';
import { type Guarded, PersonalEngines } from '../engines/personal-engines.port.js';
import type { EngineAnswer, EngineQuestion } from '../engines/resilience/resilience.port.js';
import { intentOf } from './intent.js';
import type { Retrieved } from './retrieved.js';

export interface PersonalRequest {
  userId: string;
  sessionId: string | null;
  personality: Personality;
  /** The new message. */
  text: string;
  /** Whether the caller wants a personal answer at all. */
  wanted: boolean;
}

/** `disabled`: not configured, or switched off by the personality. `skipped`: not worth asking this time. */
export interface EngineReport {
  status: 'ok' | 'degraded' | 'skipped' | 'disabled';
  reason: string | null;
  latency_ms: number;
  cache_hit: boolean;
}

export type EngineReports = Record<'knowledge' | 'profile' | 'memory', EngineReport>;

export interface Personalization {
  retrieved: Retrieved;
  engines: EngineReports;
}

const MOST_QUERY = 2000;

const notAsked = (status: 'skipped' | 'disabled', reason: string): EngineReport => ({
  status,
  reason,
  latency_ms: 0,
  cache_hit: false,
});

interface Asked<Value> {
  value: Value | null;
  report: EngineReport;
}

type Refusal = EngineReport | undefined;

/** Asks the three engines at once, each under its own deadline: a turn waits for the slowest, not for their sum. */
@Injectable()
export class PersonalizationService {
  constructor(private readonly engines: PersonalEngines) {}

  /** Never throws: a failed engine costs context, never the answer. */
  async gather(request: PersonalRequest, signal: AbortSignal): Promise<Personalization> {
    const [memory, profile, knowledge] = await Promise.all([
      this.askMemory(request, signal),
      this.askProfile(request, signal),
      this.askKnowledge(request, signal),
    ]);
    return {
      retrieved: { memories: memory.value ?? [], profile: profile.value ?? '', passages: knowledge.value ?? [] },
      engines: { knowledge: knowledge.report, profile: profile.report, memory: memory.report },
    };
  }

  private askMemory(request: PersonalRequest, signal: AbortSignal) {
    const { userId, sessionId, text, personality } = request;
    const { enabled, recall_top_k: topK } = personality.memory;
    const small = intentOf(text).isSmallTalk ? notAsked('skipped', 'small_talk') : undefined;
    const refusal = this.refusal(request, enabled && topK > 0) ?? small;
    const query = text.slice(0, MOST_QUERY);
    return ask(
      this.engines.memory.of(personality.memory.provider),
      refusal,
      questionOf(request, query, topK),
      signal,
      (engine, limited) => engine.search(query, { userId, sessionId }, topK, limited),
    );
  }

  private askProfile(request: PersonalRequest, signal: AbortSignal) {
    const { enabled, max_tokens: tokens } = request.personality.profile;
    const refusal = this.refusal(request, enabled && tokens > 0);
    return ask(
      this.engines.profile.of(request.personality.profile.provider),
      refusal,
      questionOf(request, '', tokens),
      signal,
      (engine, limited) => engine.get(request.userId, tokens, limited),
    );
  }

  private askKnowledge(request: PersonalRequest, signal: AbortSignal) {
    const { userId, text, personality } = request;
    const { datasets, top_k: topK } = personality.knowledge;
    const short = intentOf(text).wantsKnowledge ? undefined : notAsked('skipped', 'no_question');
    const refusal = this.refusal(request, datasets.length > 0 && topK > 0) ?? short;
    const query = text.slice(0, MOST_QUERY);
    const asked = JSON.stringify([query, datasets]);
    return ask(
      this.engines.knowledge.of(personality.knowledge.provider),
      refusal,
      questionOf(request, asked, topK),
      signal,
      (engine, limited) => engine.search(query, userId, datasets, topK, limited),
    );
  }

  private refusal({ wanted, text }: PersonalRequest, enabled: boolean): Refusal {
    if (!enabled) return notAsked('disabled', 'personality');
    if (!wanted) return notAsked('skipped', 'not_wanted');
    return text.trim() === '' ? notAsked('skipped', 'no_text') : undefined;
  }
}

const questionOf = (
  { userId, sessionId, personality }: PersonalRequest,
  query: string,
  limit: number,
): EngineQuestion => ({
  userId,
  sessionId,
  personalityId: personality.id,
  query,
  limit,
});

async function ask<Engine, Value>(
  guarded: Guarded<Engine> | null,
  refusal: Refusal,
  question: EngineQuestion,
  signal: AbortSignal,
  call: (engine: Engine, signal: AbortSignal) => Promise<Value>,
): Promise<Asked<Value>> {
  if (!guarded) return { value: null, report: notAsked('disabled', 'not_configured') };
  if (refusal) return { value: null, report: refusal };
  const answer = await guarded.guard.ask(question, (limited) => call(guarded.engine, limited), signal);
  return { value: answer.value, report: reportOf(answer) };
}

const reportOf = ({ status, reason, latencyMs, cacheHit }: EngineAnswer<unknown>): EngineReport => ({
  status,
  reason,
  latency_ms: Math.round(latencyMs),
  cache_hit: cacheHit,
});
