import { describe, expect, it } from 'vitest';
import { chat, user } from '../factories/conversation.js';
import { LEGACY_PIECES, type LegacyScript } from '../fakes/cozychat-server.js';
import type { ProviderFault } from '../fakes/provider-simulator.js';
import { canaryStage, everybody } from '../setup/canary-stage.js';

const parts = canaryStage();
const budget = { min_requests: 3, max_error_rate_delta: 0.5 };
const OLD = everybody({ upstream: 'cozychat' }, { budget });
const BETTER = everybody({ model: 'better-model' }, { budget });
const say = () => chat(parts.account, undefined, [user('Hello')], { stream: true });
const causeOf = async (feature: string) => (await parts.rule(feature)).rolled_back?.cause;
const errorsOf = async (feature: string) => {
  const metrics = await fetch(`${parts.stage.url}/metrics`).then((answer) => answer.text());
  return new RegExp(`^cozy_canary_errors_total\\{feature="${feature}",variant="canary"\\} (\\d+)`, 'm').exec(
    metrics,
  )?.[1];
};

const FAILURE = 'data: {"error":{"message":"out of memory","code":500}}\n\ndata: [DONE]\n\n';
const START = LEGACY_PIECES.slice(0, 3);

describe('an answer that fails after its first byte counts against its variant', () => {
  it.each<[string, LegacyScript]>([
    ['tells an error', { pieces: [...START, FAILURE] }],
    ['breaks off', { pieces: START, end: 'cut' }],
    ['ends in the middle, in good order', { pieces: START }],
    ['falls silent', { pieces: START, end: 'hang' }],
    ['tells an error in JSON', { json: { error: { message: 'out of memory' } } }],
  ])('where an earlier server %s', async (how, answer) => {
    const feature = `old-${how.toLowerCase().replaceAll(/\W/g, '-')}`;
    await parts.ruleAlone(feature, OLD);
    parts.legacy.answer = answer;
    for (let at = 0; at < 3; at += 1) expect((await say()).status).toBe(200);
    await expect.poll(() => causeOf(feature)).toBe('error_rate');
    expect(await errorsOf(feature)).toBe('3');
  });

  it.each<ProviderFault['kind']>(['error-chunk', 'cut-mid-stream', 'garbage-chunk', 'no-finish'])(
    'where a provider’s stream ends with %s',
    async (kind) => {
      await parts.ruleAlone(kind, BETTER);
      for (let at = 0; at < 3; at += 1) {
        parts.stage.provider.failOnce({ kind } as ProviderFault);
        expect((await say()).status).toBe(200);
      }
      await expect.poll(() => causeOf(kind)).toBe('error_rate');
      expect(await errorsOf(kind)).toBe('3');
    },
  );
});

describe('a caller who leaves', () => {
  async function leave(): Promise<void> {
    const leaving = new AbortController();
    const response = await fetch(`${parts.stage.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${parts.account.token}` },
      body: JSON.stringify({ messages: [user('Hello')], stream: true }),
      signal: leaving.signal,
    });
    await response.body?.getReader().read();
    leaving.abort();
  }

  const requestsOf = async (feature: string) => {
    const metrics = await fetch(`${parts.stage.url}/metrics`).then((answer) => answer.text());
    const found = new RegExp(`^cozy_canary_requests_total\\{feature="${feature}",variant="canary"\\} (\\d+)`, 'm');
    return found.exec(metrics)?.[1];
  };

  it('is no error of an earlier server', async () => {
    await parts.ruleAlone('old-left', OLD);
    parts.legacy.answer = { pieces: START, end: 'hang' };
    for (let at = 0; at < 3; at += 1) await leave();
    await expect.poll(() => requestsOf('old-left')).toBe('3');
    expect([await errorsOf('old-left'), (await parts.rule('old-left')).enabled]).toEqual(['0', true]);
  });

  it('is no error of a provider', async () => {
    await parts.ruleAlone('better-left', BETTER);
    for (let at = 0; at < 3; at += 1) {
      parts.stage.provider.script({
        text: 'A long answer that goes on for a while.',
        fault: { kind: 'hang-mid-stream' },
      });
      await leave();
    }
    await expect.poll(() => requestsOf('better-left')).toBe('3');
    expect([await errorsOf('better-left'), (await parts.rule('better-left')).enabled]).toEqual(['0', true]);
  });
});
