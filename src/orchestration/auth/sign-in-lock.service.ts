import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignInFailureRepository } from '../../storage/sign-in/sign-in-failure.repository.js';
import { lockSeconds } from './sign-in-lock.js';

const nameOf = (whose: Whose): Buffer => {
  const text = 'userId' in whose ? `user:${whose.userId}` : `login:${whose.login.toLowerCase()}`;
  return createHash('sha256').update(text).digest();
};

/** Name and address of an account are one; names that nobody has are locked alike, or locks would tell who exists. */
export type Whose = { userId: string } | { login: string };

/** Failed proofs in a row, at sign-in and by who is signed in already: no endless guessing at either. */
@Injectable()
export class SignInLockService {
  constructor(private readonly failures: SignInFailureRepository) {}

  /** Seconds until it may be tried again; 0 where it may be tried now. */
  lockedSeconds(whose: Whose): Promise<number> {
    return this.failures.lockedSeconds(nameOf(whose));
  }

  /** Counts a failure; the seconds that this one locks for. */
  async fail(whose: Whose): Promise<number> {
    const name = nameOf(whose);
    const seconds = lockSeconds(await this.failures.add(name));
    if (seconds > 0) await this.failures.lock(name, seconds);
    return seconds;
  }

  async clear(whose: Whose): Promise<void> {
    await this.failures.clear(nameOf(whose));
  }
}
