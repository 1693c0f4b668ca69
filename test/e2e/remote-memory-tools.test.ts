import { beforeEach, describe, expect, it } from 'vitest';
import { chat, conversationFor, newSession, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { personalServices } from '../setup/personal-services.js';

const stage = personalServices({ 'engines.development.yaml': { memory: { timeout_ms: 2000 } } });
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
  stage.provider.reset();
  stage.mem0.reset();
});

const call = (name: string, args: object) => ({ id: `call_${name}`, name, arguments: JSON.stringify(args) });

/** What the tool said to the model last. */
const toolSaid = () =>
  conversationFor(stage.provider.requests.at(-1)).findLast(({ role }) => role === 'tool')?.content as string;

describe('the memory tools with another product behind them', () => {
  it('keep with the session, and find in the next one what was kept and said, the user’s own only', async () => {
    const sessionId = await newSession(account);
    stage.provider.script({ toolCalls: [call('remember', { text: 'The user plays the cello.' })] }, { text: 'Noted.' });
    await chat(account, sessionId, [user('Keep in mind that I play the cello.')]);
    const own = () => stage.mem0.stored.filter(({ user_id: id }) => id === account.id);
    expect(own()).toMatchObject([
      { memory: 'The user plays the cello.', run_id: sessionId, metadata: { cozy_turn_id: expect.any(String) } },
    ]);

    const search = call('memory_search', { query: 'cello' });
    stage.provider.script({ toolCalls: [search] }, { text: 'The cello.' });
    const { body } = await chat(account, await newSession(account), [user('What do I play?')]);
    expect(body.metadata.executed_tools).toEqual(['memory_search']);
    expect(toolSaid()).toContain('The user plays the cello.');

    const other = await newAccount(stage.url);
    stage.provider.script({ toolCalls: [search] }, { text: 'No idea.' });
    await chat(other, await newSession(other), [user('What do I play?')]);
    expect(toolSaid()).toContain('Nothing was found.');
  });

  it('tell the model where the product is away, and the answer comes all the same', async () => {
    stage.mem0.fail({ kind: 'status', status: 503 });
    stage.provider.script(
      { toolCalls: [call('memory_search', { query: 'viola' })] },
      { toolCalls: [call('remember', { text: 'The user plays the viola.' })] },
      { text: 'I could not look.' },
    );
    const { status, body } = await chat(account, await newSession(account), [user('Did I tell you of the viola?')]);
    expect([status, body.choices[0].message.content]).toEqual([200, 'I could not look.']);
    const said = conversationFor(stage.provider.requests.at(-1)).filter(({ role }) => role === 'tool');
    expect(said).toHaveLength(2);
    expect(said[0]?.content).toContain('Memories cannot be searched now.');
    expect(said[1]?.content).toContain('cannot be reached');
    expect(stage.mem0.stored.filter(({ user_id: id }) => id === account.id)).toEqual([]);
  });
});
