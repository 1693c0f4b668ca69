import { describe, expect, it } from 'vitest';
import type { AuditEventText, AuditRowText } from '../../storage/audit/audit-chain.repository.js';
import { AuditKeyring, canonicalJson, genesisOf, link, NO_HASH, rowBytes, rowHash } from './audit-chain.js';

const keys = new AuditKeyring('the key of these tests, long enough');

const event = (index: number): AuditEventText => ({
  id: `0190c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
  action: 'tool.call',
  level: 'info',
  actorId: null,
  subject: 'ana',
  requestId: null,
  outcome: 'success',
  details: '{"n": 1}',
  createdAt: '1763800000123456',
});

describe('canonicalJson', () => {
  it.each([
    ['{}', '{ }'],
    ['{"a":1,"b":2}', '{"b": 2, "a": 1}'],
    ['[1,"two",null,true]', '[1, "two", null, true]'],
    ['{"a":{"c":[],"d":{}}}', '{"a": {"d": {}, "c": []}}'],
    [String.raw`"\"\\ü\n🌱"`, String.raw`"\u0022\u005c\u00fc\u000a\ud83c\udf31"`],
    [String.raw`"\u0001"`, String.raw`"\u0001"`],
    ['{"1":"n","n2":"s","s":3}', '{"n2": "s", "s": 3, "1": "n"}'],
    ['{"__proto__":{"x":1}}', '{"__proto__": {"x": 1}}'],
  ])('is %s for %s', (expected, text) => {
    expect(canonicalJson(text)).toBe(expected);
    expect(canonicalJson(expected)).toBe(expected);
  });

  it.each([
    ['1', '1.0'],
    ['9007199254740992', '9007199254740993'],
    ['0.1', '0.10000000000000001'],
    ['1', '"1"'],
    ['"n1"', '1'],
    ['null', '"null"'],
    ['{"a":null}', '{}'],
    ['["a","b"]', '["a,b"]'],
    ['"é"', String.raw`"e\u0301"`],
  ])('tells %s from %s', (one, other) => {
    expect(canonicalJson(one)).not.toBe(canonicalJson(other));
  });

  it('reads a long text with many escapes', () => {
    const text = JSON.stringify({ a: '\\"'.repeat(200_000) });
    expect(canonicalJson(text)).toBe(text);
  });
});

describe('what a row signs', () => {
  const row: Omit<AuditRowText, 'signature'> = { ...event(1), seq: '1', keyId: 'k', previousHash: NO_HASH };

  it('is this, byte for byte: programs of others may verify it', () => {
    expect(rowBytes(row).toString()).toBe(
      `["cozy-audit-row-1","1","0190c0de-0000-7000-8000-000000000001","tool.call","info",null,"ana",null,"success",` +
        `"{\\"n\\":1}","1763800000123456","k","${NO_HASH}"]`,
    );
  });

  it.each([
    ['a null from an empty text', { subject: null }, { subject: '' }],
    ['a null from its name', { subject: null }, { subject: 'null' }],
    ['a field from its neighbour', { action: 'ab', level: 'c' }, { action: 'a', level: 'bc' }],
    ['a quote from the end of a field', { action: 'a","b', level: '' }, { action: 'a', level: 'b","' }],
  ])('tells %s', (_, one, other) => {
    expect(rowBytes({ ...row, ...one }).equals(rowBytes({ ...row, ...other }))).toBe(false);
  });
});

describe('link', () => {
  it('numbers the rows without a gap and ties each to the one before', () => {
    const genesis = genesisOf(keys);
    const { rows, head } = link(keys, genesis, [event(1), event(2), event(3)]);
    expect(rows.map(({ seq }) => seq)).toEqual(['1', '2', '3']);
    expect(rows.map(({ previousHash }) => previousHash)).toEqual([
      NO_HASH,
      ...rows.slice(0, 2).map((row) => rowHash(row)),
    ]);
    expect(head).toMatchObject({ seq: '3', hash: rowHash(rows[2] as AuditRowText), baseSeq: '0', baseHash: NO_HASH });
    const next = link(keys, head, [event(4)]);
    expect(next.rows[0]).toMatchObject({ seq: '4', previousHash: head.hash });
  });

  it('counts on where numbers end', () => {
    const head = { ...genesisOf(keys), seq: '9007199254740992' };
    expect(link(keys, head, [event(1), event(2)]).rows.map(({ seq }) => seq)).toEqual([
      '9007199254740993',
      '9007199254740994',
    ]);
  });

  it('leaves the head where nothing is added', () => {
    const { head } = link(keys, genesisOf(keys), [event(1)]);
    expect(link(keys, head, [])).toEqual({ rows: [], head });
  });
});

describe('the keyring', () => {
  const bytes = Buffer.from('bytes');

  it('verifies with the current key and those before, and with no other', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [string, string, string];
    const ring = new AuditKeyring(a, `${b}, ${c}`);
    for (const key of [a, b, c]) {
      const own = new AuditKeyring(key);
      expect(ring.verifies(own.currentId, bytes, own.sign(bytes))).toBe(true);
      expect(ring.verifies(own.currentId, bytes, own.sign(Buffer.from('other')))).toBe(false);
    }
    const stranger = new AuditKeyring('d'.repeat(32));
    expect(ring.knows(stranger.currentId)).toBe(false);
    expect(ring.verifies(stranger.currentId, bytes, stranger.sign(bytes))).toBe(false);
  });

  it('takes one that has a comma in it', () => {
    const key = `${'x'.repeat(20)},${'y'.repeat(20)}`;
    const own = new AuditKeyring(key);
    expect(new AuditKeyring('z'.repeat(32), key).verifies(own.currentId, bytes, own.sign(bytes))).toBe(true);
  });

  it.each(['', 'zz', '00'])('takes %j for no signature', (signature) => {
    expect(keys.verifies(keys.currentId, bytes, signature)).toBe(false);
  });
});
