import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ChatMetrics } from '../../core/metrics/chat-metrics.js';
import type { AiCatalog } from '../ai/ai-catalog.port.js';
import type { AiEvent } from '../ai/ai.port.js';
import { sampleBy } from './model-sampling.js';

const REQUEST = {
  server: 's',
  messages: [{ role: 'user' as const, text: 'Hi there' }],
  maxTokens: 9,
  modelHints: ['big'],
};
const say = (text: string): AiEvent => ({ type: 'text-delta', text });
const finish = (usage: Extract<AiEvent, { type: 'finish' }>['usage']): AiEvent => ({
  type: 'finish',
  reason: 'stop',
  usage,
  model: 'own-name',
});

/** What was counted, and what came of it. */
async function sample(events: readonly AiEvent[], signal = new AbortController().signal) {
  const engine = {
    provider: 'p',
    defaultModel: 'small',
    allows: (name: string) => name === 'big',
    stream: async function* () {
      yield* events;
    },
  };
  const counted: unknown[] = [];
  const metrics = {
    tokens: (...args: unknown[]) => counted.push(['tokens', ...args]),
    engineCall: (...args: unknown[]) => counted.push(['call', ...args]),
  };
  const ask = sampleBy({ default: engine } as unknown as AiCatalog, metrics as unknown as ChatMetrics);
  const answer = await ask(REQUEST, signal).catch((error: Error) => error.name);
  return { counted, answer };
}

describe('Sampling spends tokens that metrics see', () => {
  it('as the provider counts them', async () => {
    const usage = { promptTokens: 7, completionTokens: 3, estimated: false };
    expect(await sample([say('Hel'), say('lo'), finish(usage)])).toEqual({
      counted: [
        ['call', 'ai', 'p', 'ok'],
        ['tokens', 'p', 'big', 7, 3],
      ],
      answer: { text: 'Hello', model: 'big', stopReason: 'endTurn' },
    });
  });

  const estimated = ['tokens', 'p', 'big', expect.any(Number), 1];

  it.each<[string, AiEvent[], boolean, unknown[]]>([
    [
      'by estimate where the provider counts none',
      [say('Hello'), finish(null)],
      false,
      [['call', 'ai', 'p', 'ok'], estimated],
    ],
    [
      'of an answer that failed on its way',
      [say('Hello'), { type: 'error', error: new CozyError('ENGINE_STREAM_CUT') }],
      false,
      [['call', 'ai', 'p', 'ENGINE_STREAM_CUT'], estimated],
    ],
    ['of an answer that was broken off', [say('Hello')], true, [['call', 'ai', 'p', 'aborted'], estimated]],
    [
      'and none where the model was never heard of',
      [{ type: 'error', error: new CozyError('ENGINE_FAILED') }],
      false,
      [['call', 'ai', 'p', 'ENGINE_FAILED']],
    ],
  ])('%s', async (_name, events, aborted, counted) => {
    expect((await sample(events, aborted ? AbortSignal.abort() : undefined)).counted).toEqual(counted);
  });

  it('throws what failed', async () => {
    const { answer } = await sample([{ type: 'error', error: new CozyError('ENGINE_FAILED') }]);
    expect(answer).toBe('CozyError');
  });
});
