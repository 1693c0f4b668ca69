import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Counter, Registry } from 'prom-client';
import { ContextSection } from '../../src/core/config/sections/context.section.js';
import { textOf } from '../../src/core/domain/chat.js';
import { Personality } from '../../src/core/domain/personality.js';
import { CozyError } from '../../src/core/errors/cozy.error.js';
import { Logger } from '../../src/core/logging/logger.js';
import { ContextMetrics } from '../../src/core/metrics/context-metrics.js';
import { newId } from '../../src/core/util/ids.js';
import { DemoEngine } from '../../src/engines/ai/demo.engine.js';
import type { AiEngine } from '../../src/engines/ai/ai.port.js';
import type { CanaryService } from '../../src/orchestration/canary/canary.service.js';
import { TurnPlanService } from '../../src/orchestration/chat/turn-plan.service.js';
import type { PersonalityService } from '../../src/orchestration/personalities/personality.service.js';
import { SummaryJob } from '../../src/orchestration/summaries/summary.job.js';
import { SummaryWriterService } from '../../src/orchestration/summaries/summary-writer.service.js';
import { type NewMessage, TurnRepository } from '../../src/storage/messages/turn.repository.js';
import { SessionRepository } from '../../src/storage/sessions/session.repository.js';
import { SessionSummaryRepository } from '../../src/storage/summaries/session-summary.repository.js';
import { FakeAiEngine, OneEngineCatalog } from '../fakes/ai-catalog.js';
import { chatMetrics } from '../setup/chat-metrics.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

const RECENT = 8;

let test: TestDatabase;
let turns: TurnRepository;
let sessions: SessionRepository;
let summaries: SessionSummaryRepository;
let userId: string;
let sessionId: string;
let model: FakeAiEngine;
let made: Counter;

const message = (content: string | null, role: NewMessage['role'] = 'user'): NewMessage => ({
  id: newId(),
  role,
  content,
  parts: null,
  toolCalls: null,
  toolCallId: null,
  name: null,
  metadata: {},
});

async function say(count: number, text = (at: number) => `message ${at}`): Promise<void> {
  const messages = Array.from({ length: count }, (_, at) => message(text(at), at % 2 === 0 ? 'user' : 'assistant'));
  await turns.append({ sessionId, userId, turnId: newId() }, messages);
}

const newSession = async () =>
  (await sessions.create({ id: newId(), userId, personalityId: 'p', title: 'T', welcome: null })).id;

function jobOf(engine: AiEngine = model, recent = RECENT): SummaryJob {
  const of = (name: string, labelNames: string[] = []) => ({
    name,
    help: name,
    labelNames,
    registers: [new Registry()],
  });
  made = new Counter(of('summaries', ['made_by']));
  const counters = [new Counter(of('a', ['part'])), new Counter(of('b', ['part'])), new Counter(of('c'))] as const;
  const chat = chatMetrics(new Registry());
  const personality = Object.assign(new Personality(), { id: 'p', name: 'P' });
  const personalities = { find: () => personality, default: personality } as unknown as PersonalityService;
  const plans = new TurnPlanService(personalities, new OneEngineCatalog(engine), noCanary);
  const section = Object.assign(new ContextSection(), { recent_messages: recent });
  const writer = new SummaryWriterService(plans, chat, new Logger('silent'));
  return new SummaryJob(turns, summaries, writer, section, new ContextMetrics(...counters, made));
}

/** Summaries are made by whom the session is with, whatever canary runs. */
const noCanary = {} as CanaryService;

const run = (job: SummaryJob, attempts = 0) =>
  job.run({ id: newId(), kind: 'session.summary', userId, sessionId, turnId: newId(), attempts, traceparent: null });
const kept = () => summaries.find(sessionId, userId);
const asked = (at: number) => textOf(model.requests[at]?.messages[1]?.content ?? null);

beforeAll(async () => {
  test = await testDatabase();
  turns = new TurnRepository(test.database);
  sessions = new SessionRepository(test.database);
  summaries = new SessionSummaryRepository(test.database);
});
beforeEach(async () => {
  userId = await storedUser(test.database);
  sessionId = await newSession();
  model = new FakeAiEngine();
  model.answer = 'They counted messages.';
});

describe('a summary', () => {
  it('covers what is older than the half of the window that stays as it is', async () => {
    await say(10);
    await run(jobOf());
    expect(await kept()).toEqual({ text: 'They counted messages.', coversTo: 6, model: 'fake/fake-model' });
    expect(asked(0)).toContain('"message 5"');
    expect(asked(0)).not.toContain('"message 6"');
  });

  it('goes on from the one before with what was said since, and asks for nothing twice', async () => {
    const job = jobOf();
    await say(10);
    await run(job);
    await run(job);
    expect(model.requests).toHaveLength(1);
    await say(4, (at) => `later ${at}`);
    model.answer = 'They went on counting.';
    await run(job);
    expect(asked(1)).toContain('"They counted messages."');
    expect(asked(1)).toContain('"message 9"');
    expect(asked(1)).not.toContain('"message 5"');
    expect(await kept()).toMatchObject({ text: 'They went on counting.', coversTo: 10 });
  });

  it('is made in parts that a model can read, however much there is', async () => {
    await say(30, (at) => `message ${at} ${'x'.repeat(3000)}`);
    await run(jobOf(model, 4));
    expect(model.requests.length).toBeGreaterThan(2);
    for (const { messages } of model.requests) expect(JSON.stringify(messages).length).toBeLessThan(25_000);
    expect(await kept()).toMatchObject({ coversTo: 28 });
  });

  it('also covers what no window of this model holds, though it is few messages', async () => {
    await say(6, (at) => `message ${at} ${'word '.repeat(1500)}`);
    await run(jobOf(model, 60));
    expect((await kept())?.coversTo).toBeGreaterThanOrEqual(4);
  });

  it('of nothing but tool calls asks nobody, and goes on', async () => {
    await turns.append({ sessionId, userId, turnId: newId() }, [message(null, 'assistant'), message('42', 'tool')]);
    await say(4);
    await run(jobOf());
    expect(model.requests).toEqual([]);
    expect(await kept()).toMatchObject({ text: '', coversTo: 2 });
  });

  it('is not made of a short session', async () => {
    await say(3);
    await run(jobOf());
    expect([await kept(), model.requests]).toEqual([undefined, []]);
  });
});

describe('who makes it', () => {
  it('rules where no model can, and says so', async () => {
    await say(10);
    await run(jobOf(new DemoEngine()));
    expect(await kept()).toMatchObject({ coversTo: 6, model: null });
    expect((await kept())?.text).toMatch(/^Excerpts .* chosen by rules:\nmessage 0\nmessage 2\nmessage 4$/);
    expect((await made.get()).values).toMatchObject([{ labels: { made_by: 'rules' }, value: 1 }]);
  });

  it('a model that fails is asked again, and after that the rules', async () => {
    const job = jobOf();
    await say(10);
    model.answer = undefined;
    await expect(run(job)).rejects.toThrow(CozyError);
    expect(await kept()).toBeUndefined();
    await run(job, 2);
    expect(await kept()).toMatchObject({ coversTo: 6, model: null });
  });

  it('a model that says nothing has failed', async () => {
    await say(10);
    model.answer = '  ';
    await expect(run(jobOf())).rejects.toMatchObject({ code: 'ENGINE_BAD_RESPONSE' });
  });
});

describe('two jobs at once', () => {
  it('keep one summary, and neither loses what it covers', async () => {
    await say(10);
    const [job, other] = [jobOf(), jobOf()];
    await Promise.all([run(job), run(other)]);
    expect(await kept()).toMatchObject({ coversTo: 6 });
    const late = { sessionId, userId, text: 'late', tokens: 1, model: null, coversTo: 4, coveredTo: 0 };
    expect(await summaries.save(late)).toBe(false);
  });
});

describe('a summary belongs to its session alone', () => {
  beforeEach(async () => {
    await say(10);
    await run(jobOf());
  });

  it('comes with the history of that session, and of no other', async () => {
    expect((await turns.history(sessionId, userId, 4))?.summary).toEqual({
      text: 'They counted messages.',
      coversTo: 6,
      model: 'fake/fake-model',
    });
    const other = await turns.history(await newSession(), userId, 4);
    expect([other?.summary, other?.unseen]).toEqual([null, 0]);
  });

  it('is nobody else’s', async () => {
    const stranger = await storedUser(test.database);
    expect(await summaries.find(sessionId, stranger)).toBeUndefined();
    expect(await summaries.older({ sessionId, userId: stranger }, { after: 0, before: 9 }, 10, 100)).toEqual([]);
    const forged = { sessionId, userId: stranger, text: 'x', tokens: 1, model: null, coversTo: 9, coveredTo: 6 };
    expect(await summaries.save(forged)).toBe(false);
  });

  it('is counted as seen: only what neither it nor the window holds is missing', async () => {
    expect((await turns.history(sessionId, userId, 4))?.unseen).toBe(0);
    expect((await turns.history(sessionId, userId, 2))?.unseen).toBe(2);
    const opened = await turns.openAnswered({ sessionId, userId, turnId: newId() }, [message('x')], 2);
    expect([opened?.unseen, opened?.summary?.coversTo]).toEqual([2, 6]);
  });

  it('is gone with the session, and does not come back', async () => {
    expect(await sessions.delete(sessionId, userId)).toBe(true);
    const rows = await test.database.query('t', 'SELECT 1 FROM session_summaries WHERE session_id = $1', [sessionId]);
    expect(rows).toEqual([]);
    const late = { sessionId, userId, text: 'late', tokens: 1, model: null, coversTo: 7, coveredTo: 0 };
    expect(await summaries.save(late)).toBe(false);
    await run(jobOf());
    expect(model.requests).toHaveLength(1);
  });

  it('is gone with the user', async () => {
    await test.database.query('u', 'DELETE FROM users WHERE id = $1', [userId]);
    expect(
      await test.database.query('t', 'SELECT 1 FROM session_summaries WHERE session_id = $1', [sessionId]),
    ).toEqual([]);
  });
});
