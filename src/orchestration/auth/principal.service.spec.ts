import { beforeEach, describe, expect, it } from 'vitest';
import { Logger } from '../../core/logging/logger.js';
import { randomToken } from '../../core/util/ids.js';
import type { ApiKeyRepository, PresentedKey } from '../../storage/api-keys/api-key.repository.js';
import type { SignalRepository } from '../../storage/signals/signal.repository.js';
import type { UserRepository } from '../../storage/users/user.repository.js';
import type { AuditService } from '../audit/audit.service.js';
import type { AccessTokenService } from './access-token.service.js';
import { ApiKeyService } from './api-key.service.js';
import { PrincipalService } from './principal.service.js';

const USER = '01a2158b-07fc-70a3-a2a7-fb96a769aaeb';
const KEY = `ck_${randomToken()}`;
const ROW = {
  id: '01a2158b-0980-7337-8fba-ed381a3c0785',
  userId: USER,
  role: 'user',
  scopes: ['chat:read'],
  rateLimitPerMinute: null,
  status: 'active',
  revoked: false,
  expired: false,
  stale: false,
} as PresentedKey;

let live: boolean;
let looks: number;
let noted: number;
let stored: PresentedKey | undefined;
let credentialsChanged: (userId: string) => void;
let principals: PrincipalService;

beforeEach(() => {
  live = true;
  looks = 0;
  noted = 0;
  stored = undefined;
  const keys = { present: () => ((looks += 1), Promise.resolve(stored)) } as unknown as ApiKeyRepository;
  const audit = { noteSampled: () => (noted += 1) } as unknown as AuditService;
  const signals = {
    get live() {
      return live;
    },
    on: (_signal: string, listener: (userId: string) => void) => (credentialsChanged = listener),
    onInterruption: () => undefined,
  } as unknown as SignalRepository;
  principals = new PrincipalService(
    {} as AccessTokenService,
    new ApiKeyService(keys, audit, new Logger('silent')),
    {} as UserRepository,
    signals,
    audit,
  );
});

async function refusedTimes(times: number, key = KEY): Promise<void> {
  for (let at = 0; at < times; at += 1) {
    await expect(principals.authenticate(key)).rejects.toMatchObject({ code: 'AUTH_TOKEN_INVALID' });
  }
}

describe('a flood of wrong keys', () => {
  it('costs one look into the database for the same key, and each try is counted', async () => {
    await refusedTimes(20);
    expect({ looks, noted }).toEqual({ looks: 1, noted: 20 });
  });

  it.each(['ck_', 'ck_let-me-in', `${KEY}x`, `ck_${'é'.repeat(43)}`])('costs none for what cannot be a key: %s', async (key) => {
    await refusedTimes(3, key);
    expect(looks).toBe(0);
  }); // prettier-ignore

  it('costs a look each time while the database cannot tell of changes', async () => {
    live = false;
    await refusedTimes(3);
    expect(looks).toBe(3);
  });

  it('does not keep out a key whose owner is let in again', async () => {
    stored = { ...ROW, status: 'suspended' };
    await expect(principals.authenticate(KEY)).rejects.toMatchObject({ code: 'AUTH_ACCOUNT_INACTIVE' });
    stored = ROW;
    credentialsChanged(USER);
    await expect(principals.authenticate(KEY)).resolves.toMatchObject({ userId: USER });
  });

  it('does not keep a refusal that was asked for before a change', async () => {
    const asked = principals.authenticate(KEY);
    credentialsChanged(USER);
    await expect(asked).rejects.toMatchObject({ code: 'AUTH_TOKEN_INVALID' });
    stored = ROW;
    await expect(principals.authenticate(KEY)).resolves.toMatchObject({ userId: USER });
  });

  it('is not what a database that is away is taken for', async () => {
    const away = new Error('away');
    stored = undefined;
    const failing = principals.known('name', () => Promise.reject(away));
    await expect(failing).rejects.toBe(away);
    await expect(principals.known('name', () => Promise.resolve({ userId: USER } as never))).resolves.toBeDefined();
  });
});
