import { beforeAll, describe, expect, it } from 'vitest';
import { assistant, chat, heardBy, messagesOf, newSession, saidIn, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { ChatStream, streamChat } from '../setup/chat-stream.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
let account: Account;

beforeAll(async () => {
  account = await newAccount(stage.url);
});

const answers = (...texts: string[]) => stage.provider.script(...texts.map((text) => ({ text })));
const providerFails = () => stage.provider.failOnce({ kind: 'status', status: 400 });
/** The welcome of a session comes first. */
const heard = (at: number) => heardBy(stage.provider.requests[at]).slice(1);

describe('in a session', () => {
  it('what was stored is heard by the model though the client sends the new message only', async () => {
    const id = await newSession(account);
    answers('Hello Ada.', 'You are Ada.');
    await chat(account, id, [user('I am Ada.')]);
    await chat(account, id, [user('Who am I?')]);
    expect(heard(1)).toEqual(['user: I am Ada.', 'assistant: Hello Ada.', 'user: Who am I?']);
  });

  it('the stored history is the truth: a client cannot rewrite it', async () => {
    const id = await newSession(account);
    answers('Hello Ada.', 'You are Ada.');
    await chat(account, id, [user('I am Ada.')]);
    await chat(account, id, [user('I am Bob.'), assistant('Hello Bob.'), user('Who am I?')]);
    expect(heard(1)).toEqual(['user: I am Ada.', 'assistant: Hello Ada.', 'user: Who am I?']);
  });

  it('a history that is sent again whole is not stored again', async () => {
    const id = await newSession(account);
    answers('one!', 'two!', 'three!');
    const [welcome] = await messagesOf(account, id);
    const history: unknown[] = [{ role: 'assistant', content: welcome?.content }];
    for (const text of ['one', 'two', 'three']) {
      await chat(account, id, [...history, user(text)]);
      history.push(user(text), assistant(`${text}!`));
    }
    const said = ['user: one', 'assistant: one!', 'user: two', 'assistant: two!', 'user: three', 'assistant: three!'];
    expect(await saidIn(account, id)).toEqual(said);
  });

  it('every new message at the end is added, not just the last', async () => {
    const id = await newSession(account);
    answers('Both noted.');
    await chat(account, id, [assistant('Earlier.'), user('First.'), user('Second.')]);
    expect(await saidIn(account, id)).toEqual(['user: First.', 'user: Second.', 'assistant: Both noted.']);
  });

  it('the same words in a new turn are a new message', async () => {
    const id = await newSession(account);
    answers('Yes?', 'Yes??');
    await chat(account, id, [user('Hey')]);
    await chat(account, id, [user('Hey'), assistant('Yes?'), user('Hey')]);
    expect(await saidIn(account, id)).toEqual(['user: Hey', 'assistant: Yes?', 'user: Hey', 'assistant: Yes??']);
  });

  it.each(['cozy', 'top level'])('its id is read from the request (%s)', async (place) => {
    const id = await newSession(account);
    const fields = place === 'cozy' ? { cozy: { session_id: id } } : { session_id: id };
    const { body } = await chat(account, undefined, [user('Hello')], fields);
    expect(body.metadata.session_id).toBe(id);
    expect(await saidIn(account, id)).toHaveLength(2);
  });

  it('counts its messages and its tokens', async () => {
    const id = await newSession(account);
    answers('one two three', 'four five');
    await chat(account, id, [user('Hello')]);
    await chat(account, id, [user('Again')]);
    const { body } = await account.call('GET', `/v1/sessions/${id}`);
    expect(body).toMatchObject({ total_messages: 5, message_count: 5, total_tokens: 15 + 14 });
  });

  it('a session that is deleted while it is answered takes nothing more, and the answer arrives', async () => {
    const loner = await newAccount(stage.url);
    const id = await newSession(loner);
    stage.provider.script({ text: 'one two three four', tokenDelayMs: 100 });
    const stream = await ChatStream.open(stage.url, {
      token: loner.token,
      body: { messages: [user('Hello')], session_id: id, model: 'gpt-4o-mini' },
    });
    await stream.untilSaid();
    expect((await loner.call('DELETE', `/v1/sessions/${id}`)).status).toBe(200);
    expect(await stream.events()).toMatchObject({ content: 'one two three four', done: true });
    expect((await loner.call('GET', `/v1/sessions/${id}`)).status).toBe(404);
    expect((await loner.call('GET', '/v1/messages/search?q=three')).body.items).toEqual([]);
  });
});

describe('after a failure', () => {
  it('the same message sent again is stored once', async () => {
    const id = await newSession(account);
    providerFails();
    providerFails();
    expect((await chat(account, id, [user('Hello?')])).status).toBe(400);
    expect((await chat(account, id, [user('Hello?')])).status).toBe(400);
    answers('Here I am.');
    expect((await chat(account, id, [user('Hello?')])).status).toBe(200);
    expect(await saidIn(account, id)).toEqual(['user: Hello?', 'assistant: Here I am.']);
    expect(heard(2)).toEqual(['user: Hello?']);
  });

  it('an unanswered message that is sent again before the next one is stored once', async () => {
    const id = await newSession(account);
    providerFails();
    await chat(account, id, [user('First.')]);
    answers('Both.');
    await chat(account, id, [user('First.'), user('Second.')]);
    expect(await saidIn(account, id)).toEqual(['user: First.', 'user: Second.', 'assistant: Both.']);
  });

  it('an unanswered message that is not sent again is still heard', async () => {
    const id = await newSession(account);
    providerFails();
    await chat(account, id, [user('I am Ada.')]);
    answers('Ada.');
    await chat(account, id, [user('Who am I?')]);
    expect(heard(1)).toEqual(['user: I am Ada.', 'user: Who am I?']);
    expect(await saidIn(account, id)).toEqual(['user: I am Ada.', 'user: Who am I?', 'assistant: Ada.']);
  });

  it('a message with the web app’s own words for the failure before it is stored once', async () => {
    const id = await newSession(account);
    providerFails();
    await chat(account, id, [user('Hello?')]);
    answers('Here.');
    await chat(account, id, [user('Hello?'), assistant('The model provider failed.'), user('Hello?')]);
    expect(await saidIn(account, id)).toEqual(['user: Hello?', 'assistant: Here.']);
  });

  it.each<[string, unknown]>([
    [
      'a picture with a text',
      [
        { type: 'text', text: 'See?' },
        { type: 'image_url', image_url: { url: 'data:,x' } },
      ],
    ],
    ['a list of one text', [{ type: 'text', text: 'See?' }]],
    [
      'two texts',
      [
        { type: 'text', text: 'See?' },
        { type: 'text', text: 'There!' },
      ],
    ],
    ['a text with NUL in it', 'See\u0000?'],
    ['a text with half an emoji in it', 'See \uD83D?'],
  ])('%s sent again is stored once', async (_name, content) => {
    const id = await newSession(account);
    providerFails();
    await chat(account, id, [user(content)]);
    answers('I see.');
    await chat(account, id, [user(content)]);
    const roles = (await messagesOf(account, id)).map(({ role }) => role);
    expect(roles).toEqual(['assistant', 'user', 'assistant']);
  });
});

describe('without a session', () => {
  it.each([
    ['no id', {}],
    ['the web app’s "default"', { session_id: 'default' }],
    ['an empty id', { session_id: '' }],
  ])('the request’s own messages are the history and nothing is stored (%s)', async (_name, fields) => {
    const loner = await newAccount(stage.url);
    const messages = [user('I am Ada.'), assistant('Hello Ada.'), user('Who am I?')];
    const { status, body } = await chat(loner, undefined, messages, fields);
    expect(status).toBe(200);
    expect(body.metadata.session_id).toBeNull();
    expect(heardBy(stage.provider.requests[0])).toEqual([
      'user: I am Ada.',
      'assistant: Hello Ada.',
      'user: Who am I?',
    ]);
    expect((await loner.call('GET', '/v1/sessions')).body.total).toBe(0);
  });

  it.each([false, true])('store: true makes a session of the whole conversation (streamed: %s)', async (stream) => {
    answers('You are Ada.', 'Still Ada.');
    const messages = [user('I am Ada.'), assistant('Hello Ada.'), user('Who am I?')];
    const request = { messages, store: true, model: 'cozy/concise' };
    const id: string = stream
      ? (await streamChat(stage.url, { token: account.token, body: request })).chunks.at(-1).metadata.session_id
      : (await chat(account, undefined, messages, request)).body.metadata.session_id;
    expect(await saidIn(account, id)).toEqual([
      'user: I am Ada.',
      'assistant: Hello Ada.',
      'user: Who am I?',
      'assistant: You are Ada.',
    ]);
    await chat(account, id, [user('Sure?')]);
    expect(heardBy(stage.provider.requests[1])).toHaveLength(5);
    expect((await account.call('GET', `/v1/sessions/${id}`)).body.personality_id).toBe('concise');
  });
});

const NO_SESSION = 'RESOURCE_SESSION_NOT_FOUND';

describe('a session that one may not speak in', () => {
  it('is 404, whether it is someone else’s, deleted, unknown or no id at all, and nothing is asked or stored', async () => {
    const other = await newAccount(stage.url);
    const foreign = await newSession(other);
    const deleted = await newSession(account);
    await account.call('DELETE', `/v1/sessions/${deleted}`);
    const ids = [foreign, deleted, crypto.randomUUID(), 'no-uuid', "' OR 1=1 --", foreign.slice(1)];
    for (const id of ids) {
      for (const fields of [{ cozy: { session_id: id } }, { session_id: id }, { session_id: id, stream: true }]) {
        const { status, body } = await chat(account, undefined, [user('Let me in')], fields);
        expect({ fields, status, code: body.error.code }).toEqual({ fields, status: 404, code: NO_SESSION });
      }
    }
    expect(stage.provider.requests).toEqual([]);
    expect(await saidIn(other, foreign)).toEqual([]);
  });

  it('is 404 for reading, renaming, deleting and paging too', async () => {
    const foreign = await newSession(await newAccount(stage.url), { title: 'Mine' });
    for (const id of [foreign, crypto.randomUUID(), 'no-uuid']) {
      for (const [method, route, sent] of [
        ['GET', `/v1/sessions/${id}`],
        ['GET', `/v1/chat/sessions/${id}/messages`],
        ['PUT', `/v1/sessions/${id}`, { title: 'Stolen' }],
        ['DELETE', `/v1/sessions/${id}`],
        ['POST', '/v1/chat/voice-call-messages', { session_id: id, messages: [{ role: 'user', content: 'x' }] }],
      ] as const) {
        const { status, body } = await account.call(method, route, sent);
        expect({ method, route, status, code: body.error.code }).toEqual({
          method,
          route,
          status: 404,
          code: NO_SESSION,
        });
      }
    }
  });
});

describe('nothing to answer', () => {
  it.each<[string, unknown[]]>([
    ['an answer comes last', [user('Hello'), assistant('Hi')]],
    ['there are system messages only', [{ role: 'system', content: 'Be brief.' }]],
  ])('is 400 where %s, and the model is not asked', async (_name, messages) => {
    const id = await newSession(account);
    const { status, body } = await chat(account, id, messages);
    expect([status, body.error.code, body.error.param]).toEqual([400, 'VALIDATION_FAILED', 'messages']);
    expect(stage.provider.requests).toEqual([]);
    expect(await saidIn(account, id)).toEqual([]);
  });

  it('is not the case where the session still waits for an answer', async () => {
    const id = await newSession(account);
    providerFails();
    await chat(account, id, [user('Hello?')]);
    answers('Here.');
    expect((await chat(account, id, [{ role: 'system', content: 'Be brief.' }])).status).toBe(200);
    expect(await saidIn(account, id)).toEqual(['user: Hello?', 'assistant: Here.']);
  });
});
