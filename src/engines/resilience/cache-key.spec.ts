import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cacheKey, type CacheSource, configVersionOf, subjectOf } from './cache-key.js';
import type { EngineQuestion } from './resilience.port.js';

const source: CacheSource = { kind: 'memory', provider: 'mem0', configVersion: '1' };
const question: EngineQuestion = { userId: 'u', sessionId: 's', personalityId: 'p', query: 'q', limit: 5 };
const keyOf = (change: Partial<EngineQuestion & CacheSource> = {}, generations = ['g1', 'g2']) =>
  cacheKey({ ...source, ...change }, { ...question, ...change }, generations);

describe('cacheKey', () => {
  it('is the same for the same', () => {
    expect(keyOf()).toBe(keyOf());
  });

  it.each<Partial<EngineQuestion & CacheSource>>([
    { kind: 'profile' },
    { provider: 'mem1' },
    { configVersion: '2' },
    { userId: 'v' },
    { sessionId: 't' },
    { sessionId: null },
    { personalityId: null },
    { query: 'r' },
    { limit: 6 },
  ])('is another for %j', (change) => {
    expect(keyOf(change)).not.toBe(keyOf());
  });

  it('is another for another generation, of the user or of everybody', () => {
    expect(new Set([keyOf(), keyOf({}, ['g1', 'g3']), keyOf({}, ['g3', 'g2']), keyOf({}, ['g1g2', ''])]).size).toBe(4);
  });

  // Keys that are joined with a separator fall for these.
  it('never lets two users meet, whatever their ids hold', () => {
    const odd = ['a', 'a:b', 'b', ':', '::', '', 'a"', '","', 'null', '\u0000', 'a\u0000b', '["a"]', 'a","b'];
    const keys = odd.flatMap((userId) =>
      odd.flatMap((sessionId) => odd.map((query) => keyOf({ userId, sessionId, query }))),
    );
    expect(new Set(keys).size).toBe(odd.length ** 3);
    expect(keyOf({ sessionId: null })).not.toBe(keyOf({ sessionId: 'null' }));
  });

  it('is the same for two questions only where everything in them is the same', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('', 'null', '","', '"],["', '\\', '\\"', '\ud800', '\\ud800', 'a', 'A', 'é', 'e\u0301'),
    );
    const asked = fc.record(
      {
        userId: text,
        sessionId: fc.option(text),
        personalityId: fc.option(text),
        query: text,
        limit: fc.integer({ min: 0, max: 3 }),
        provider: text,
        configVersion: text,
        generations: fc.tuple(text, text),
      },
      { noNullPrototype: true },
    );
    const keyOfAsked = ({ generations, ...rest }: typeof asked extends fc.Arbitrary<infer Asked> ? Asked : never) =>
      keyOf(rest, generations);
    fc.assert(
      fc.property(asked, asked, fc.boolean(), (one, other, isNear) => {
        const second = isNear ? { ...one, userId: other.userId } : other;
        const isSame = JSON.stringify(one) === JSON.stringify(second);
        expect(keyOfAsked(one) === keyOfAsked(second)).toBe(isSame);
      }),
      { numRuns: 300 },
    );
  });

  it('holds no words', () => {
    expect(keyOf({ query: 'my secret' })).toMatch(/^[\w-]{43}$/);
    expect(subjectOf({ userId: 'u' })).not.toBe(subjectOf({ userId: 'v' }));
    expect(subjectOf({ userId: 'everybody' })).not.toBe(subjectOf('everybody'));
  });
});

describe('configVersionOf', () => {
  it('changes with the configuration, and shows none of it', () => {
    const version = configVersionOf({ api_url: 'http://a', api_key: 'one' });
    expect(version).toBe(configVersionOf({ api_url: 'http://a', api_key: 'one' }));
    expect(version).not.toBe(configVersionOf({ api_url: 'http://a', api_key: 'two' }));
    expect(version).toMatch(/^[\w-]{16}$/);
  });
});
