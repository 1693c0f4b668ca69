import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chat, conversationFor, newSession, user } from '../factories/conversation.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { ChatStream, type Chunk, readEvents } from '../setup/chat-stream.js';
import { personality } from '../setup/config-folder.js';
import { expectRefusal } from '../setup/refusal.js';
import { simulatedServer } from '../setup/simulated-server.js';

// Sums wait for a yes here, so that approval can be tested with a tool that is always there.
const LEVELS = { read_only: { per_minute: 3, approval: true } };
const stage = simulatedServer({
  // The audit trail is chained in the background.
  env: { ...ADMIN_ENV, ROLE: 'all' },
  config: {
    'tools.development.yaml': { levels: LEVELS, approval_timeout_ms: 2000 },
    'personalities/trusting.yaml': personality('trusting', 'tools: { allowed: [calculator], approval: user }\n'),
  },
});
const sum = { id: 'call_sum', name: 'calculator', arguments: '{"expression":"12 * 12"}' };
let admin: Account;
let account: Account;

beforeAll(async () => {
  admin = await firstAdmin(stage.url);
});
beforeEach(async () => {
  account = await newAccount(stage.url);
});

const execute = (who: Account, tool_name: string, parameters?: unknown) =>
  who.call('POST', '/v1/tools/execute', { tool_name, ...(parameters !== undefined && { parameters }) });

const waiting = async (who: Account): Promise<Chunk[]> => (await who.call('GET', '/v1/tools/approvals')).body.items;

describe('GET /v1/tools', () => {
  it.each(['', '?type=all', '?type=builtin'])('lists what is built in: %s', async (query) => {
    const { status, body } = await account.call('GET', `/v1/tools${query}`);
    expect([status, body.total]).toEqual([200, body.tools.length]);
    expect(body.tools.find((tool: { name: string }) => tool.name === 'calculator')).toMatchObject({
      type: 'builtin',
      enabled: true,
      server: null,
      level: 'read_only',
      parameters: { type: 'object', required: ['expression'] },
    });
  });

  it('lists no MCP tools where no server is configured', async () => {
    const { body } = await account.call('GET', '/v1/tools?type=mcp');
    expect(body).toEqual({ tools: [], total: 0 });
  });

  it('refuses another type', async () => {
    expectRefusal(await account.call('GET', '/v1/tools?type=magic'), 400, 'VALIDATION_FAILED', 'type');
  });
});

describe('POST /v1/tools/execute', () => {
  it('runs a tool for an admin, who needs nobody’s yes', async () => {
    const { status, body } = await execute(admin, 'calculator', { expression: '12 * 12' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ tool_name: 'calculator', success: true, execution_time: expect.any(Number) });
    expect(JSON.stringify(body.result)).toContain('144');
  });

  it.each<[string, string, unknown, number, string]>([
    ['an unknown tool', 'format_disk', {}, 404, 'TOOL_NOT_FOUND'],
    ['arguments that do not fit', 'calculator', { sum: '1' }, 400, 'TOOL_ARGUMENTS_INVALID'],
    ['no arguments', 'calculator', undefined, 400, 'TOOL_ARGUMENTS_INVALID'],
    ['arguments that are no object', 'calculator', [1], 400, 'VALIDATION_FAILED'],
    ['no name', '', {}, 400, 'VALIDATION_FAILED'],
  ])('refuses %s', async (_name, tool, parameters, status, code) => {
    expectRefusal(await execute(account, tool, parameters), status, code);
  });

  it('waits for a yes, and says where nobody gave one', async () => {
    const answer = await execute(account, 'calculator', { expression: '1 + 1' });
    expectRefusal(answer, 403, 'TOOL_APPROVAL_TIMEOUT');
    expect(answer.body.error.details.approval_id).toMatch(/^[\da-f-]{36}$/);
    expect(await waiting(admin)).toEqual([]);
  });

  it('allows so many calls a minute and user', async () => {
    const calls = await Promise.all(
      Array.from({ length: 4 }, () => execute(account, 'calculator', { expression: '1 + 1' })),
    );
    const codes = calls.map(({ body }) => body.error.code as string);
    expect(codes.filter((code) => code === 'TOOL_APPROVAL_TIMEOUT')).toHaveLength(3);
    const limited = calls.find(({ body }) => body.error.code === 'TOOL_RATE_LIMITED');
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

const recorded = async (who: Account): Promise<Chunk[]> =>
  (await admin.call('GET', `/v1/admin/audit?action=tool.call&actor_id=${who.id}`)).body.items;

describe('the audit trail', () => {
  it('holds every call, refused ones too, with its arguments redacted', async () => {
    await execute(account, 'format_disk', { path: '/', password: 'plain-secret' });
    await execute(account, 'calculator', { expression: 7 });
    await expect.poll(async () => (await recorded(account)).length, { timeout: 10_000 }).toBe(2);
    const [second, first] = await recorded(account);
    expect(first).toMatchObject({
      subject: 'format_disk',
      outcome: 'refused',
      details: { code: 'TOOL_NOT_FOUND', arguments: { path: '/', password: '[redacted]' } },
    });
    expect(second).toMatchObject({ subject: 'calculator', details: { code: 'TOOL_ARGUMENTS_INVALID' } });
    expect(first.request_id).toMatch(/\S/);
  });
});

describe('POST /v1/tools/refresh', () => {
  it('is for admins', async () => {
    expectRefusal(await account.call('POST', '/v1/tools/refresh'), 403, 'AUTH_FORBIDDEN');
    const { status, body } = await admin.call('POST', '/v1/tools/refresh');
    expect([status, body.tools]).toEqual([200, expect.arrayContaining(['calculator'])]);
  });
});

describe('a call that needs a yes', () => {
  async function ask(personality_id?: string): Promise<{ stream: ChatStream; approval: Chunk }> {
    stage.provider.script({ toolCalls: [sum] }, { text: 'So be it.' });
    const sessionId = await newSession(account);
    const stream = await ChatStream.open(stage.url, {
      token: account.token,
      body: { messages: [user('12 * 12?')], session_id: sessionId, model: 'gpt-4o-mini', personality_id },
    });
    const text = await stream.until((so) => so.includes('approval_required'));
    const event = text.split('\n\n').find((line) => line.includes('approval_required')) ?? '';
    const chunk = JSON.parse(event.slice('data: '.length));
    expect(chunk.choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: null }]);
    const approval = chunk.cozy.approval_required;
    expect(approval).toMatchObject({
      tool_name: 'calculator',
      parameters: { expression: '12 * 12' },
      session_id: sessionId,
      decided_by: personality_id === undefined ? 'admin' : 'user',
    });
    return { stream, approval };
  }
  const told = () => conversationFor(stage.provider.requests[1]).at(-1)?.content;

  it.each([
    ['runs when an admin says yes', true, /144/],
    ['does not when an admin says no', false, /not approved/],
  ])('%s', async (_name, approve, expected) => {
    const { stream, approval } = await ask();
    expect((await waiting(admin)).map(({ id }) => id)).toContain(approval.id);
    const decided = await admin.call('POST', `/v1/tools/approvals/${approval.id}`, { approve });
    expect([decided.status, decided.body]).toEqual([
      200,
      { id: approval.id, tool_name: 'calculator', approved: approve },
    ]);
    expect(readEvents(await stream.whole()).content).toBe('So be it.');
    expect(told()).toMatch(expected);
    const again = await admin.call('POST', `/v1/tools/approvals/${approval.id}`, { approve: true });
    expectRefusal(again, 404, 'RESOURCE_NOT_FOUND');
  });

  it('is not the user’s own to decide unless the personality says so', async () => {
    const { stream, approval } = await ask();
    expect(await waiting(account)).toEqual([]);
    const decided = await account.call('POST', `/v1/tools/approvals/${approval.id}`, { approve: true });
    expectRefusal(decided, 404, 'RESOURCE_NOT_FOUND');
    await stream.whole();
    expect(told()).toMatch(/Nobody approved/);
  });

  it('is the user’s own to decide where the personality says so, and no other user’s', async () => {
    const { stream, approval } = await ask('trusting');
    const stranger = await newAccount(stage.url);
    expect(await waiting(stranger)).toEqual([]);
    const route = `/v1/tools/approvals/${approval.id}`;
    expectRefusal(await stranger.call('POST', route, { approve: true }), 404, 'RESOURCE_NOT_FOUND');
    expect((await waiting(account)).map(({ id }) => id)).toEqual([approval.id]);
    expect((await account.call('POST', route, { approve: true })).status).toBe(200);
    await stream.whole();
    expect(told()).toMatch(/144/);
  });

  it('is not decided by an admin’s API key that lacks the scope, nor run by it unasked', async () => {
    const { stream, approval } = await ask();
    const { key } = (await admin.call('POST', '/v1/api-keys', { name: 'bot', scopes: ['chat:read', 'chat:write'] }))
      .body;
    const bot = (method: string, route: string, body?: unknown) => call(stage.url, method, route, { token: key, body });
    expect((await bot('GET', '/v1/tools/approvals')).body.items).toEqual([]);
    const decided = await bot('POST', `/v1/tools/approvals/${approval.id}`, { approve: true });
    expectRefusal(decided, 404, 'RESOURCE_NOT_FOUND');
    const parameters = { expression: '1 + 1' };
    const ran = await bot('POST', '/v1/tools/execute', { tool_name: 'calculator', parameters });
    expectRefusal(ran, 403, 'TOOL_APPROVAL_TIMEOUT');
    await stream.whole();
    expect(told()).toMatch(/Nobody approved/);
  });

  it('waits no longer when the client has left', async () => {
    const { stream } = await ask();
    stream.leave();
    await expect.poll(async () => (await waiting(admin)).length).toBe(0);
    // A call that was cut short is on record like any other.
    await expect.poll(async () => (await recorded(account)).length, { timeout: 10_000 }).toBe(1);
    expect(await recorded(account)).toMatchObject([{ outcome: 'failure', details: { code: 'TOOL_FAILED' } }]);
  });

  it('is told nothing of by a whole answer, which waits as well', async () => {
    stage.provider.script({ toolCalls: [sum] }, { text: 'So be it.' });
    const running = chat(account, undefined, [user('12 * 12?')]);
    await expect.poll(async () => (await waiting(admin)).length).toBe(1);
    const [approval] = await waiting(admin);
    await admin.call('POST', `/v1/tools/approvals/${approval.id}`, { approve: true });
    expect((await running).body.choices[0].message.content).toBe('So be it.');
  });
});
