import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../src/core/domain/chat.js';
import { TurnRecordService } from '../../src/orchestration/chat/turn-record.service.js';
import { TurnRepository } from '../../src/storage/messages/turn.repository.js';
import { SessionRepository } from '../../src/storage/sessions/session.repository.js';
import { ToolExchangeRepository } from '../../src/storage/tools/tool-exchange.repository.js';
import { UsageRepository } from '../../src/storage/usage/usage.repository.js';
import type { SignalRepository } from '../../src/storage/signals/signal.repository.js';
import { newId } from '../../src/core/util/ids.js';
import { newMessage, storedSession } from '../factories/whole-account.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

const LIMIT = 2;

let test: TestDatabase;
let record: TurnRecordService;
let turns: TurnRepository;
let userId: string;
let sessionId: string;

beforeAll(async () => {
  test = await testDatabase();
  turns = new TurnRepository(test.database);
  record = new TurnRecordService(
    turns,
    new SessionRepository(test.database),
    new UsageRepository(test.database),
    new ToolExchangeRepository(test.database),
    { instanceId: newId() } as SignalRepository,
  );
});
beforeEach(async () => {
  userId = await storedUser(test.database);
  sessionId = await storedSession(test.database, userId);
  const key = { sessionId, userId, turnId: newId() };
  const call = { id: 'c1', type: 'function' as const, function: { name: 'f', arguments: '{}' } };
  await turns.append(key, [newMessage('How warm?'), { ...newMessage('', 'assistant'), toolCalls: [call] }]);
  await turns.append(key, [newMessage('a'), newMessage('b', 'assistant'), newMessage('c')]);
});

const goOnWith = (id: string, after: number) => {
  const result: ChatMessage = { role: 'tool', content: '21', tool_call_id: id };
  return record.openContinuing({ userId, sessionId, requestId: 'r' }, [result], LIMIT, after);
};

async function sessionsOfUser(): Promise<number> {
  const [row] = await test.dataSource.query<{ count: number }[]>(
    'SELECT count(*)::int AS count FROM sessions WHERE user_id = $1',
    [userId],
  );
  return row?.count ?? 0;
}

describe('a turn that goes on after a place further back than what is read', () => {
  it('takes the result of the call that was made there, in a copy of the session', async () => {
    const { past, turn } = await goOnWith('c1', 2);
    expect(past.entries.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(turn.place?.sessionId).not.toBe(sessionId);
  });

  it('leaves no copy behind where it is refused', async () => {
    await expect(goOnWith('c2', 2)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(await sessionsOfUser()).toBe(1);
  });
});
