import { verify as argonVerify } from '@node-rs/argon2';
import { hash as bcrypt, verify as bcryptVerify } from '@node-rs/bcrypt';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { hashPassword, isLegacyHash, verifyPassword } from './password.js';

vi.mock('@node-rs/argon2', { spy: true });
vi.mock('@node-rs/bcrypt', { spy: true });

describe('a password', () => {
  it('is known by its argon2id hash', async () => {
    const made = await hashPassword('secret');
    expect(made).toMatch(/^\$argon2id\$/);
    expect(isLegacyHash(made)).toBe(false);
    expect([await verifyPassword(made, 'secret', 0), await verifyPassword(made, 'Secret', 0)]).toEqual([true, false]);
  });

  it('is known by the bcrypt hash that came with its account', async () => {
    const made = await bcrypt('密码 secret', 4);
    expect(isLegacyHash(made)).toBe(true);
    expect([await verifyPassword(made, '密码 secret', 0), await verifyPassword(made, 'secret', 0)]).toEqual([
      true,
      false,
    ]);
  });

  it('is nobody’s where there is no account', async () => {
    expect(await verifyPassword(undefined, 'no account has this password', 0)).toBe(false);
  });

  it.each(['', 'secret', '$2b$31$' + 'a'.repeat(53), '$2b$12$short', '$1$salt$hash'])(
    '%j is no bcrypt hash',
    (text) => {
      expect(isLegacyHash(text)).toBe(false);
    },
  );
});

describe('the work of a check', () => {
  beforeEach(() => {
    vi.mocked(argonVerify).mockClear();
    vi.mocked(bcryptVerify).mockClear();
  });

  /** How many argon2id there were, and how many rounds of bcrypt: 2 to the power of each cost. */
  function work() {
    const costs = vi.mocked(bcryptVerify).mock.calls.map(([, hash]) => Number(String(hash).split('$')[2]));
    return { argon: vi.mocked(argonVerify).mock.calls.length, rounds: costs.reduce((sum, cost) => sum + 2 ** cost, 0) };
  }

  it.each<[string, () => Promise<string | undefined>]>([
    ['a name that nobody has', async () => undefined],
    ['an account of this server', () => hashPassword('secret')],
    ['an account from elsewhere', () => bcrypt('secret', 6)],
    ['one from elsewhere with a cheaper hash', () => bcrypt('secret', 4)],
  ])('is that of %s, right or wrong', async (_name, made) => {
    const kept = await made();
    for (const password of ['secret', 'a guess']) {
      vi.mocked(argonVerify).mockClear();
      vi.mocked(bcryptVerify).mockClear();
      expect(await verifyPassword(kept, password, 6)).toBe(kept !== undefined && password === 'secret');
      expect(work()).toEqual({ argon: 1, rounds: 2 ** 6 });
    }
  });

  it('is argon2id alone where no account came from elsewhere', async () => {
    await verifyPassword(undefined, 'a guess', 0);
    expect(work()).toEqual({ argon: 1, rounds: 0 });
  });

  it('is what it must be for a hash that costs more than decoys may', async () => {
    expect(await verifyPassword(await bcrypt('secret', 6), 'secret', 5)).toBe(true);
    expect(work()).toEqual({ argon: 1, rounds: 2 ** 6 });
  });
});
