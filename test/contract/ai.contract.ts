import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AiEngine, AiEvent, AiRequest } from '../../src/engines/ai/ai.port.js';
import { ENGINE_API_VERSION } from '../../src/engines/engine-health.js';

/** What a suite run needs of one kind of engine. */
export interface AiContractSubject {
  engine: AiEngine;
  /** Prepares the next answer to be long enough to be broken off: at least ten events, none of them immediate. */
  prepareSlow(): void;
  /** Prepares the next answer to call the only tool of the request. */
  prepareToolCall(): void;
  /** Makes every answer hold the words of the question that follow "say ". */
  prepareEcho(): void;
  /** A second engine, for tests that close it. */
  another(): AiEngine;
  dispose(): Promise<void>;
}

type Finish = Extract<AiEvent, { type: 'finish' }>;

export const newSignal = (): AbortSignal => new AbortController().signal;

export const ask = (engine: AiEngine, content: string, more: Partial<AiRequest> = {}): AiRequest => ({
  model: engine.defaultModel,
  messages: [{ role: 'user', content }],
  ...more,
});

export async function collect(events: AsyncIterable<AiEvent>): Promise<AiEvent[]> {
  const collected: AiEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

export const textIn = (events: readonly AiEvent[]): string =>
  events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');

export const finishIn = (events: readonly AiEvent[]): Finish | undefined =>
  events.find((event): event is Finish => event.type === 'finish');

export const errorIn = (events: readonly AiEvent[]): string | undefined => {
  const last = events.at(-1);
  return last?.type === 'error' ? last.error.code : undefined;
};

const TOOL = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

/** What every AiEngine promises, whatever is behind it. */
export function describeAiContract(name: string, factory: () => Promise<AiContractSubject>): void {
  describe(`${name} keeps the AiEngine contract`, () => {
    let subject: AiContractSubject;
    let engine: AiEngine;

    beforeAll(async () => {
      subject = await factory();
      engine = subject.engine;
    });
    afterAll(() => subject.dispose());

    it('says which port it implements and what it can do', async () => {
      expect(engine.apiVersion).toBe(ENGINE_API_VERSION);
      expect(engine.contextWindow).toBeGreaterThan(0);
      expect(engine.allows(engine.defaultModel)).toBe(true);
      expect(engine.allows('')).toBe(false);
      expect(await engine.models(newSignal())).toContain(engine.defaultModel);
    });

    it('streams text and ends with exactly one finish', async () => {
      const events = await collect(engine.stream(ask(engine, 'Hello'), newSignal()));
      expect(textIn(events)).not.toBe('');
      expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
      expect(finishIn(events)?.model).not.toBe('');
    });

    it('gives whole token counts or none', async () => {
      const usage = finishIn(await collect(engine.stream(ask(engine, 'Hello'), newSignal())))?.usage;
      if (usage === null) return;
      expect(usage).toMatchObject({ estimated: false });
      expect(usage?.promptTokens).toBeGreaterThan(0);
      expect(usage?.completionTokens).toBeGreaterThan(0);
    });

    it('stops at maxTokens with reason length', async () => {
      const whole = textIn(await collect(engine.stream(ask(engine, 'Hello'), newSignal())));
      const events = await collect(engine.stream(ask(engine, 'Hello', { maxTokens: 3 }), newSignal()));
      expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'length' });
      expect(textIn(events).length).toBeLessThan(whole.length);
      expect(whole.startsWith(textIn(events))).toBe(true);
    });

    it('ends silently when its signal aborts', async () => {
      const controller = new AbortController();
      subject.prepareSlow();
      const events: AiEvent[] = [];
      for await (const event of engine.stream(ask(engine, 'Hello'), controller.signal)) {
        events.push(event);
        controller.abort();
      }
      expect(events.every(({ type }) => type === 'text-delta')).toBe(true);
      expect(events).toHaveLength(1);
    });

    it('gives nothing when its signal was aborted before', async () => {
      expect(await collect(engine.stream(ask(engine, 'Hello'), AbortSignal.abort()))).toEqual([]);
    });

    it('lets a consumer leave', async () => {
      subject.prepareSlow();
      for await (const event of engine.stream(ask(engine, 'Hello'), newSignal())) {
        expect(event.type).toBe('text-delta');
        break;
      }
    });

    it('lets a consumer leave while the next event is awaited', async () => {
      subject.prepareSlow();
      const iterator = engine.stream(ask(engine, 'Hello'), newSignal())[Symbol.asyncIterator]();
      await iterator.next();
      const pending = iterator.next();
      await iterator.return?.();
      expect((await pending).done).toBe(true);
    });

    it('leaves no listener on a signal that lives on', async () => {
      const { signal } = new AbortController();
      let listeners = 0;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
      signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
      await collect(engine.stream(ask(engine, 'Hello'), signal));
      expect(listeners).toBe(0);
    });

    it('calls a tool with an id, a name and JSON arguments', async () => {
      subject.prepareToolCall();
      const toolChoice = { type: 'function', function: { name: 'get_weather' } };
      const events = await collect(engine.stream(ask(engine, 'Weather?', { tools: [TOOL], toolChoice }), newSignal()));
      const deltas = events.filter((event) => event.type === 'tool-call-delta');
      expect(deltas.map(({ index }) => index)).toEqual(deltas.map(() => 0));
      expect(deltas.map(({ id }) => id).filter(Boolean)).toHaveLength(1);
      expect(deltas.map(({ name: called }) => called).join('')).toBe('get_weather');
      const argumentsText = deltas.map((delta) => delta.argumentsText ?? '').join('');
      expect(JSON.parse(argumentsText)).toEqual({ city: expect.any(String) as string });
      expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool_calls' });
    });

    it('keeps concurrent streams apart', async () => {
      subject.prepareEcho();
      const questions = Array.from({ length: 20 }, (_, at) => `say number ${at}`);
      const runs = await Promise.all(
        questions.map((question) => collect(engine.stream(ask(engine, question), newSignal()))),
      );
      for (const [at, events] of runs.entries()) expect(textIn(events)).toMatch(new RegExp(`number ${at}$`));
      expect(runs.map((events) => events.filter(({ type }) => type === 'finish').length)).toEqual(
        questions.map(() => 1),
      );
    });

    it('embeds in the order of the input', async () => {
      const input = ['the cat sat', 'a quick brown fox', '你好，世界'];
      const both = await engine.embed({ model: '', input }, newSignal());
      expect(both.vectors).toHaveLength(3);
      expect(both.promptTokens).toBeGreaterThan(0);
      for (const [at, text] of input.entries()) {
        const alone = await engine.embed({ model: '', input: [text] }, newSignal());
        expect(alone.vectors[0]).toEqual(both.vectors[at]);
      }
    });

    it('embeds token ids, and in the dimensions asked for', async () => {
      const { vectors } = await engine.embed({ model: '', input: [[1, 2], [3]], dimensions: 32 }, newSignal());
      expect(vectors.map(({ length }) => length)).toEqual([32, 32]);
    });

    it('refuses to embed for a caller who has left', async () => {
      const embedding = engine.embed({ model: '', input: ['x'] }, AbortSignal.abort());
      await expect(embedding).rejects.toMatchObject({ name: 'CozyError' });
    });

    it('is healthy', async () => {
      expect(await engine.health(newSignal())).toEqual({ status: 'up' });
    });

    it('ends what is running when it is closed, any number of times', async () => {
      const closing = subject.another();
      subject.prepareSlow();
      const iterator = closing.stream(ask(closing, 'Hello'), newSignal())[Symbol.asyncIterator]();
      expect((await iterator.next()).value).toMatchObject({ type: 'text-delta' });
      await closing.close();
      await closing.close();
      const rest: AiEvent[] = [];
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) rest.push(next.value);
      expect(errorIn(rest)).toBe('INTERNAL_SHUTTING_DOWN');
      expect(errorIn(await collect(closing.stream(ask(closing, 'Hello'), newSignal())))).toBe('INTERNAL_SHUTTING_DOWN');
      expect((await closing.health(newSignal())).status).toBe('down');
    });
  });
}
