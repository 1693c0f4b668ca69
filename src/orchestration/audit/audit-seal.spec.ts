import { describe, expect, it } from 'vitest';
import { redactForKeeping } from '../../core/logging/redact.js';
import { AuditKeyring, canonicalJson } from './audit-chain.js';
import { eventBytes, seal, sift, type UnsealedEvent } from './audit-seal.js';

const keys = new AuditKeyring('the key of these tests, long enough');
const EVENT: UnsealedEvent = {
  action: 'tool.call',
  level: 'info',
  actorId: 'ana',
  subject: null,
  requestId: null,
  outcome: 'success',
  details: { b: [1.5, 'ü', null], a: { n: 123456789012 } },
};
const refusals = (change: object) => sift(keys, [{ ...seal(keys, EVENT), ...change }]).refused.map(({ why }) => why);

describe('a sealed event', () => {
  it('is made of these bytes', () => {
    const { id, createdAt, keyId, ...rest } = seal(keys, EVENT);
    expect(eventBytes({ id, createdAt, keyId, ...rest }).toString()).toBe(
      `["cozy-audit-event-1","${id}","tool.call","info","ana",null,null,"success",` +
        `"{\\"a\\":{\\"n\\":123456789012},\\"b\\":[1.5,\\"ü\\",null]}","${createdAt}","${keyId}"]`,
    );
  });

  it('is sound, however the database writes its details', () => {
    const sealed = seal(keys, EVENT);
    const details = '{"a": {"n": 123456789012}, "b": [1.5, "\\u00fc", null]}';
    const { sound, refused } = sift(keys, [{ ...sealed, details }]);
    expect(refused).toEqual([]);
    expect(sound).toEqual([expect.not.objectContaining({ tag: expect.anything() })]);
  });

  it.each([
    [{ a: 0.000001, b: -0, c: 1e21, d: 1e-9, e: 0.1 + 0.2, f: -1.5, g: 2 ** 53 }],
    [{ 'nul\0': 'nul\0', half: '\ud83c', '10': 1, '9': 2, é: '\u2028"\\/' }],
    [{ list: [[], {}, [null, true, false]], n1: 'n1', s: '', '': 's' }],
  ])('of %j is the same when it is read back', (details) => {
    const sealed = seal(keys, { ...EVENT, details: redactForKeeping(details) });
    expect(canonicalJson(sealed.details)).toBe(sealed.details);
    expect(sift(keys, [sealed]).refused).toEqual([]);
  });

  it.each([
    ['id', { id: '0190c0de-0000-7000-8000-000000000001' }],
    ['action', { action: 'auth.login' }],
    ['level', { level: 'warning' }],
    ['actor', { actorId: 'bob' }],
    ['actor in another column', { actorId: null, subject: 'ana' }],
    ['outcome', { outcome: 'refused' }],
    ['request', { requestId: '' }],
    ['detail', { details: '{"a":{"n":123456789012},"b":[1.50,"ü",null]}' }],
    ['time', { createdAt: '1763800000123456' }],
    ['tag', { tag: '00'.repeat(32) }],
    ['tag that is none', { tag: '' }],
    ['details that were cut', { details: '{"a":' }],
    ['details that nest too deeply', { details: '['.repeat(200_000) + ']'.repeat(200_000) }],
  ])('is refused with another %s', (_, change) => {
    expect(refusals(change)).toEqual(['tag']);
  });

  it('is refused, but as one that may be known elsewhere, with a key that nobody knows', () => {
    expect(refusals({ keyId: 'abc' })).toEqual(['key']);
  });
});
