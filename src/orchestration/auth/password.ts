import { hash, verify } from '@node-rs/argon2';
import { verify as verifyBcrypt } from '@node-rs/bcrypt';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** As systems made them that accounts were brought from. Beyond this cost a check would take the better part of a minute. */
const BCRYPT = /^\$2[abxy]?\$(?:0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$/;

/** What costs processor time here; in one place, where it can be counted. */
export const work = { argonHash: hash, argonVerify: verify, bcryptVerify: verifyBcrypt };

export const hashPassword = (password: string): Promise<string> => work.argonHash(password, COST);

/** Whether the hash is of the older kind, to be replaced when its owner is here with the password. */
export const isLegacyHash = (passwordHash: string): boolean => BCRYPT.test(passwordHash);

/** Of no password, to be checked at any cost. */
const BCRYPT_DECOY = 'y9LSJ/kwIjoHUl0qf6FrkuzXo64JX7xqjHqzMQiomAY5MxEkhePfq';
const decoyOf = (cost: number) => `$2b$${String(cost).padStart(2, '0')}$${BCRYPT_DECOY}`;

const costOf = (legacyHash: string): number => Number(legacyHash.split('$')[2]);

let argonDecoy: Promise<string> | undefined;

/**
 * Whether it is the password. Every check does the same work, so that the clock does not tell which names there are, nor
 * which came from elsewhere: one argon2id, and while there are bcrypt hashes of up to `legacyCost` (0: none) as many
 * rounds of bcrypt as that takes: for a hash of cost c below it those of c, c, c + 1, … `legacyCost` - 1, which add up.
 */
export async function verifyPassword(
  passwordHash: string | undefined,
  password: string,
  legacyCost: number,
): Promise<boolean> {
  argonDecoy ??= hashPassword('no account has this password');
  const legacyHash = passwordHash !== undefined && isLegacyHash(passwordHash) ? passwordHash : undefined;
  const argonHash = legacyHash === undefined ? passwordHash : undefined;
  const byArgon = await work.argonVerify(argonHash ?? (await argonDecoy), password);
  const byBcrypt = await verifyLegacy(legacyHash, password, legacyCost);
  return argonHash === undefined ? byBcrypt : byArgon;
}

async function verifyLegacy(legacyHash: string | undefined, password: string, most: number): Promise<boolean> {
  if (legacyHash === undefined) {
    if (most > 0) await work.bcryptVerify(password, decoyOf(most));
    return false;
  }
  const matches = await work.bcryptVerify(password, legacyHash);
  for (let cost = costOf(legacyHash); cost < most; cost += 1) await work.bcryptVerify(password, decoyOf(cost));
  return matches;
}
