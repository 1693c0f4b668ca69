import { hash as bcrypt } from '@node-rs/bcrypt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CozyError } from '../../core/errors/cozy.error.js';
import type { UserRepository } from '../../storage/users/user.repository.js';
import { hashPassword, isLegacyHash, verifyPassword, work } from './password.js';
import { PasswordService } from './password.service.js';

afterEach(() => {
  vi.restoreAllMocks();
});

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
  /** How many argon2id there were, and how many rounds of bcrypt: 2 to the power of each cost. */
  async function workOf(check: () => Promise<unknown>) {
    const argon = vi.spyOn(work, 'argonVerify');
    const costs: number[] = [];
    const { bcryptVerify } = work;
    vi.spyOn(work, 'bcryptVerify').mockImplementation((password, hash) => {
      costs.push(Number(String(hash).split('$')[2]));
      return bcryptVerify(password, hash);
    });
    await check();
    const counted = { argon: argon.mock.calls.length, rounds: costs.reduce((sum, cost) => sum + 2 ** cost, 0) };
    vi.restoreAllMocks();
    return counted;
  }

  it.each<[string, () => Promise<string | undefined>]>([
    ['a name that nobody has', async () => undefined],
    ['an account of this server', () => hashPassword('secret')],
    ['an account from elsewhere', () => bcrypt('secret', 6)],
    ['one from elsewhere with a cheaper hash', () => bcrypt('secret', 4)],
  ])('is that of %s, right or wrong', async (_name, made) => {
    const kept = await made();
    for (const password of ['secret', 'a guess']) {
      const isRight = kept !== undefined && password === 'secret';
      const check = async () => expect(await verifyPassword(kept, password, 6)).toBe(isRight);
      expect(await workOf(check)).toEqual({ argon: 1, rounds: 2 ** 6 });
    }
  });

  it('is argon2id alone where no account came from elsewhere', async () => {
    expect(await workOf(() => verifyPassword(undefined, 'a guess', 0))).toEqual({ argon: 1, rounds: 0 });
  });

  it('is what it must be for a hash that costs more than decoys may', async () => {
    const kept = await bcrypt('secret', 6);
    const check = async () => expect(await verifyPassword(kept, 'secret', 5)).toBe(true);
    expect(await workOf(check)).toEqual({ argon: 1, rounds: 2 ** 6 });
  });

  it('is done for two at a time, and beyond a hundred that wait callers are told to come again', async () => {
    let [running, most] = [0, 0];
    vi.spyOn(work, 'argonHash').mockImplementation(async () => {
      most = Math.max(most, (running += 1));
      await Promise.resolve();
      running -= 1;
      return 'a hash';
    });
    const passwords = new PasswordService({} as UserRepository);
    const outcomes = await Promise.allSettled(Array.from({ length: 105 }, () => passwords.hash('secret')));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as CozyError] : []));
    expect(refused.map(({ code, retryAfterSeconds }) => [code, retryAfterSeconds])).toEqual(
      Array.from({ length: 3 }, () => ['RATE_LIMIT_EXCEEDED', 5]),
    );
    expect(most).toBe(2);
  });
});
