import { hash as bcrypt } from '@node-rs/bcrypt';
import { describe, expect, it } from 'vitest';
import { hashPassword, isLegacyHash, verifyPassword } from './password.js';

describe('a password', () => {
  it('is known by its argon2id hash', async () => {
    const made = await hashPassword('secret');
    expect(made).toMatch(/^\$argon2id\$/);
    expect(isLegacyHash(made)).toBe(false);
    expect([await verifyPassword(made, 'secret'), await verifyPassword(made, 'Secret')]).toEqual([true, false]);
  });

  it('is known by the bcrypt hash that came with its account', async () => {
    const made = await bcrypt('密码 secret', 4);
    expect(isLegacyHash(made)).toBe(true);
    expect([await verifyPassword(made, '密码 secret'), await verifyPassword(made, 'secret')]).toEqual([true, false]);
  });

  it('is nobody’s where there is no account', async () => {
    expect(await verifyPassword(undefined, 'no account has this password')).toBe(false);
  });

  it.each(['', 'secret', '$2b$31$' + 'a'.repeat(53), '$2b$12$short', '$1$salt$hash'])(
    '%j is no bcrypt hash',
    (text) => {
      expect(isLegacyHash(text)).toBe(false);
    },
  );
});
