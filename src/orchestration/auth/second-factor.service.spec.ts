import { TOTP, URI } from 'otpauth';
import { expect, it } from 'vitest';
import { AppSection } from '../../core/config/sections/app.section.js';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import type { SecondFactorRepository } from '../../storage/sign-in/second-factor.repository.js';
import { SecondFactorService } from './second-factor.service.js';

const ana = { id: 'ana', username: 'ana' };
const key = (letter: string) => letter.repeat(32);

/** One user's row, as every instance sees it. */
function oneFactor(): SecondFactorRepository {
  let secret: Buffer = Buffer.alloc(0);
  return {
    propose: (_: string, sealed: Buffer) => {
      secret = sealed;
      return Promise.resolve(true);
    },
    find: () => Promise.resolve({ secret, enabled: false }),
    useStep: () => Promise.resolve(true),
  } as unknown as SecondFactorRepository;
}

const service = (factors: SecondFactorRepository, encryption_key: string, encryption_key_previous?: string) =>
  new SecondFactorService(
    factors,
    Object.assign(new SecuritySection(), { encryption_key, encryption_key_previous }),
    new AppSection(),
  );

it('outlives a second change of ENCRYPTION_KEY, after which nobody with a factor could sign in', async () => {
  const factors = oneFactor();
  const { url } = await service(factors, key('a')).propose(ana);
  const code = (URI.parse(url) as TOTP).generate();
  const changedTwice = service(factors, key('c'), `${key('b')}, ${key('a')}`);
  expect(await changedTwice.matchesProposal(ana.id, code)).toBe(true);
  await expect(service(factors, key('c'), key('b')).matchesProposal(ana.id, code)).rejects.toMatchObject({
    code: 'INTERNAL_ERROR',
  });
});
