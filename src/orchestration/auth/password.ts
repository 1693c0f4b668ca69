import { hash, verify } from '@node-rs/argon2';
import { verify as verifyBcrypt } from '@node-rs/bcrypt';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** As systems made them that accounts were brought from. Beyond this cost a check would take the better part of a minute. */
const BCRYPT = /^\$2[abxy]?\$(?:0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$/;

export const hashPassword = (password: string): Promise<string> => hash(password, COST);

/** Whether the hash is of the older kind, to be replaced when its owner is here with the password. */
export const isLegacyHash = (passwordHash: string): boolean => BCRYPT.test(passwordHash);

let decoy: Promise<string> | undefined;

/** An unknown user costs the same time as a wrong password, so that names cannot be guessed by the clock. */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  if (passwordHash !== undefined && isLegacyHash(passwordHash)) return verifyBcrypt(password, passwordHash);
  decoy ??= hashPassword('no account has this password');
  const matches = await verify(passwordHash ?? (await decoy), password);
  return matches && passwordHash !== undefined;
}
