import { describe, expect, it } from 'vitest';
import { newId } from '../../../core/util/ids.js';
import { memobaseUserId } from './memobase-user.js';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('memobaseUserId', () => {
  it('is a UUID of version 4 for any id, always the same, and another for another', () => {
    const ids = ['u1', 'u2', '', '用户', ...Array.from({ length: 200 }, newId)];
    const mapped = ids.map(memobaseUserId);
    for (const id of mapped) expect(id).toMatch(UUID_V4);
    expect(ids.map(memobaseUserId)).toEqual(mapped);
    expect(new Set(mapped).size).toBe(ids.length);
  });

  it('never changes: what was stored must be found again', () => {
    expect(memobaseUserId('0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b')).toBe('80a3508b-5815-40be-af12-baa23698f8ca');
  });

  it('leaves a UUID of version 4 as it is', () => {
    expect(memobaseUserId('F47AC10B-58CC-4372-A567-0E02B2C3D479')).toBe('f47ac10b-58cc-4372-a567-0e02b2c3d479');
  });
});
