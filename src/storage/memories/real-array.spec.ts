import { describe, expect, it } from 'vitest';
import { readRealArray, signatureOf } from './real-array.js';

describe('real arrays on the wire', () => {
  it('are read as Postgres sends them', () => {
    // SELECT array_send('{1,-0.5}'::real[])
    const sent = Buffer.from('0000000100000000000002bc0000000200000001000000043f80000000000004bf000000', 'hex');
    expect([...readRealArray(sent)]).toEqual([1, -0.5]);
  });

  it('may be empty', () => {
    expect([...readRealArray(Buffer.from('0000000000000000000002bc', 'hex'))]).toEqual([]);
  });

  it('have the signs of their values for a sketch', () => {
    expect(signatureOf([0.2, -0.1, 0, 3])).toBe('1001');
  });
});
