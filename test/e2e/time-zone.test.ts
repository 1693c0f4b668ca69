import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messagesOf, newSession } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { expectRefusal } from '../setup/refusal.js';
import { startTestServer, type TestServer } from '../setup/test-server.js';

let server: TestServer;
let account: Account;
beforeAll(async () => {
  // Fourteen hours before UTC.
  server = await startTestServer({ env: { TZ: 'Pacific/Kiritimati' } });
  account = await newAccount(server.url);
});
afterAll(() => server?.stop());

describe('a server in another time zone reads times without a zone as UTC', () => {
  it.each([
    ['2025-03-30T02:30:00', '2025-03-30T02:30:00.000Z'],
    ['2025-03-30T02:30:00+02:00', '2025-03-30T00:30:00.000Z'],
    ['2025-03-30', '2025-03-30T00:00:00.000Z'],
  ])('of memories: %s', async (given, read) => {
    const { body } = await account.call('POST', '/v1/memories', { text: `Said ${given}.`, created_at: given });
    expect(body.created_at).toBe(read);
  });

  it('of API keys, which would else live for hours too long', async () => {
    const { body } = await account.call('POST', '/v1/api-keys', { name: 'k', expires_at: '2099-01-01T00:00:00' });
    expect(body.expires_at).toBe('2099-01-01T00:00:00.000Z');
  });

  it('of calls that ran elsewhere', async () => {
    const id = await newSession(account);
    const messages = [{ role: 'user', content: 'Hi', timestamp: '2026-01-01T10:00:00' }];
    await account.call('POST', '/v1/chat/voice-call-messages', { session_id: id, messages });
    expect((await messagesOf(account, id)).at(-1)?.metadata).toMatchObject({ spoken_at: '2026-01-01T10:00:00.000Z' });
  });
});

it.each(['2025-W10-1', '2025-100', '20250330T103000Z'])('%s is refused, as it is no instant', async (given) => {
  const refused = await account.call('POST', '/v1/memories', { text: 'x', created_at: given });
  expectRefusal(refused, 400, 'VALIDATION_FAILED', 'created_at');
});
