import { beforeAll, describe, expect, it } from 'vitest';
import { chat, newSession, placesIn, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { ChatStream } from '../setup/chat-stream.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
let account: Account;

beforeAll(async () => {
  account = await newAccount(stage.url);
});

const inOrder = (texts: readonly { seq: number; text: string }[]) => texts.map(({ text }) => text);

/** The answers of a session, sorted, after a check that every question has its answer right after it. */
async function pairedAnswers(sessionId: string): Promise<string[]> {
  const places = (await placesIn(account, sessionId)).slice(1);
  const found: string[] = [];
  for (let at = 0; at < places.length; at += 2) {
    const [question, answer] = [places[at], places[at + 1]];
    expect(question?.text).toMatch(/^user: /);
    expect(answer?.text).toMatch(/^assistant: /);
    expect((answer?.seq ?? 0) - (question?.seq ?? 0)).toBe(1);
    found.push(String(answer?.text.replace('assistant: ', '')));
  }
  return found.toSorted();
}

describe('turns at once in one session', () => {
  it('each keep their answer right after their question, though the later one is answered first', async () => {
    const id = await newSession(account);
    const arrived = stage.provider.nextRequest();
    stage.provider.script({ text: 'slow answer in several words', tokenDelayMs: 150 }, { text: 'quick answer' });
    const slow = chat(account, id, [user('first')]);
    await arrived;
    expect((await chat(account, id, [user('second')])).body.choices[0].message.content).toBe('quick answer');
    expect((await slow).body.choices[0].message.content).toBe('slow answer in several words');
    expect(inOrder(await placesIn(account, id)).slice(1)).toEqual([
      'user: first',
      'assistant: slow answer in several words',
      'user: second',
      'assistant: quick answer',
    ]);
  });

  it('are two turns even with the same text', async () => {
    const id = await newSession(account);
    const arrived = stage.provider.nextRequest();
    stage.provider.script({ text: 'slow answer in several words', tokenDelayMs: 150 }, { text: 'quick answer' });
    const slow = chat(account, id, [user('Hello')]);
    await arrived;
    await chat(account, id, [user('Hello')]);
    await slow;
    expect(await pairedAnswers(id)).toEqual(['quick answer', 'slow answer in several words']);
  });

  it.each([
    ['different texts', Array.from({ length: 12 }, (_, at) => `text ${at}`)],
    ['one text', Array.from({ length: 12 }, () => 'the same')],
  ])('keep the order when many start in the same moment (%s)', async (_name, texts) => {
    const id = await newSession(account);
    stage.provider.setAnswer({ echo: true, firstTokenDelayMs: 20 });
    const answers = await Promise.all(texts.map((text) => chat(account, id, [user(text)])));
    stage.provider.setAnswer({ text: 'Hello from the simulated provider.' });
    expect(answers.map(({ status }) => status)).toEqual(texts.map(() => 200));
    expect(await pairedAnswers(id)).toEqual(texts.toSorted());
  });

  it('are told apart also where one ends in the moment that another begins', async () => {
    const id = await newSession(account);
    const talkers = Array.from({ length: 6 }, async () => {
      for (let turn = 0; turn < 10; turn++) await chat(account, id, [user('the same')]);
    });
    await Promise.all(talkers);
    expect(await pairedAnswers(id)).toEqual(Array.from({ length: 60 }, () => 'Hello from the simulated provider.'));
  });

  it('are stored as they were asked when one of them is given up', async () => {
    const id = await newSession(account);
    stage.provider.script(
      { text: 'never to be finished', fault: { kind: 'hang-mid-stream' } },
      { text: 'quick answer' },
    );
    const body = { messages: [user('left')], session_id: id, model: 'cozy/companion' };
    const stream = await ChatStream.open(stage.url, { token: account.token, body });
    await stream.untilSaid();
    await chat(account, id, [user('stayed')]);
    stream.leave();
    const said = ['user: left', 'assistant: never to', 'user: stayed', 'assistant: quick answer'];
    await expect.poll(async () => inOrder(await placesIn(account, id)).slice(1)).toEqual(said);
  });
});
