import { expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { UserRepository } from '../../storage/users/user.repository.js';
import { PasswordService } from './password.service.js';

const users = { legacyHashCost: async () => 0 } as unknown as UserRepository;

it('many passwords at once are checked two at a time, and beyond a hundred that wait they are told to come again', async () => {
  const passwords = new PasswordService(users);
  const outcomes = await Promise.allSettled(Array.from({ length: 105 }, () => passwords.hash('correct horse battery')));
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as CozyError] : []));
  expect(refused.map(({ code, retryAfterSeconds }) => [code, retryAfterSeconds])).toEqual(
    Array.from({ length: 3 }, () => ['RATE_LIMIT_EXCEEDED', 5]),
  );
  expect(await passwords.verify(await passwords.hash('another one'), 'another one')).toBe(true);
});
