import { describe, expect, it } from 'vitest';
import { FakeAiEngine, OneEngineCatalog } from '../../test/fakes/ai-catalog.js';
import { Logger } from '../core/logging/logger.js';
import { TextEmbedder } from './text-embedder.js';

const silent = new Logger('silent');
const signal = new AbortController().signal;

describe('the vectors of texts', () => {
  it('are of unit length, and name who made them', async () => {
    const engine = new FakeAiEngine();
    engine.vectorOf = () => [3, 4];
    const made = await new TextEmbedder(new OneEngineCatalog(engine), silent).embed(['a', 'b'], 1000, signal);
    expect(made).toEqual([
      { model: 'fake/fake-embedding', values: [0.6, 0.8] },
      { model: 'fake/fake-embedding', values: [0.6, 0.8] },
    ]);
  });

  it('are not made by the rule-based demo, whose vectors know words only', async () => {
    const demo = new FakeAiEngine();
    demo.vectorOf = () => [3, 4];
    demo.capabilities.instructions = false;
    expect(await new TextEmbedder(new OneEngineCatalog(demo), silent).embed(['a'], 1000, signal)).toBeUndefined();
  });

  it('are done without for a while after a failure', async () => {
    let now = 0;
    const engine = new FakeAiEngine();
    const embedder = new TextEmbedder(new OneEngineCatalog(engine), silent, () => now);
    expect(await embedder.embed(['a'], 1000, signal)).toBeUndefined();
    engine.vectorOf = () => [1, 0];
    now = 29_999;
    expect(await embedder.embed(['a'], 1000, signal)).toBeUndefined();
    now = 30_000;
    expect(await embedder.embed(['a'], 1000, signal)).toHaveLength(1);
  });

  it.each([[[0, 0]], [[Number.NaN, 1]], [[Infinity, 1]]])('are none where the model gives %j', async (vector) => {
    const engine = new FakeAiEngine();
    engine.vectorOf = () => vector;
    expect(await new TextEmbedder(new OneEngineCatalog(engine), silent).embed(['a'], 1000, signal)).toBeUndefined();
  });

  it('are done without where they come too late', async () => {
    const engine = new FakeAiEngine();
    engine.embed = () => new Promise(() => undefined);
    expect(await new TextEmbedder(new OneEngineCatalog(engine), silent).embed(['a'], 5, signal)).toBeUndefined();
  });

  it('end with the signal', async () => {
    const engine = new FakeAiEngine();
    engine.embed = () => new Promise(() => undefined);
    const leaving = new AbortController();
    const made = new TextEmbedder(new OneEngineCatalog(engine), silent).embed(['a'], 60_000, leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(made).rejects.toThrow('gone');
  });
});
