import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textOf } from '../../src/core/domain/chat.js';
import { BuiltinProfileEngine } from '../../src/engines/profile/builtin/builtin-profile.engine.js';
import { ProfileFactRepository } from '../../src/storage/profile-facts/profile-fact.repository.js';
import { firstMessageId, saidAt, turnOf } from '../factories/memory-turn.js';
import { FakeAiEngine, OneEngineCatalog } from '../fakes/ai-catalog.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

const signal = new AbortController().signal;
const WISH = { mode: 'model' as const };

let test: TestDatabase;
let userId: string;
let model: FakeAiEngine;
let engine: BuiltinProfileEngine;

const learn = (said: string | string[]) => engine.updateAll([turnOf(userId, said)], signal);
const known = async () => (await engine.facts(userId, signal)).map(({ key, value }) => `${key}: ${value}`);
const history = async () =>
  (await test.dataSource.query(
    `SELECT f.value, f.source, f.message_id, f.valid_to, s.value AS superseded_by
     FROM profile_facts f LEFT JOIN profile_facts s ON s.id = f.superseded_by
     WHERE f.user_id = $1 ORDER BY f.valid_from, f.id`,
    [userId],
  )) as { value: string; source: string; message_id: string | null; valid_to: Date | null; superseded_by: string }[];

beforeAll(async () => {
  test = await testDatabase();
});
beforeEach(async () => {
  userId = await storedUser(test.database);
  model = new FakeAiEngine();
  engine = new BuiltinProfileEngine(new ProfileFactRepository(test.database), new OneEngineCatalog(model));
});

describe('a contradiction', () => {
  it('ends what was believed, and keeps it with where it came from', async () => {
    const before = saidAt(turnOf(userId, 'I live in Lisbon'), new Date('2026-01-01'));
    const after = saidAt(turnOf(userId, 'I moved to Porto'), new Date('2026-02-01'));
    await engine.updateAll([before], signal);
    await engine.updateAll([after], signal);
    expect(await known()).toEqual(['home: Porto']);
    expect(await history()).toEqual([
      {
        value: 'Lisbon',
        source: 'rules',
        message_id: firstMessageId(before),
        valid_to: new Date('2026-02-01'),
        superseded_by: 'Porto',
      },
      { value: 'Porto', source: 'rules', message_id: firstMessageId(after), valid_to: null, superseded_by: null },
    ]);
  });

  it('counts by when it was said, not by when it was learned', async () => {
    await engine.updateAll([saidAt(turnOf(userId, 'I moved to Porto'), new Date('2026-02-01'))], signal);
    await engine.updateAll([saidAt(turnOf(userId, 'I live in Lisbon'), new Date('2026-01-01'))], signal);
    expect(await known()).toEqual(['home: Porto']);
    expect((await history()).map(({ value, superseded_by: by }) => [value, by])).toEqual([
      ['Lisbon', 'Porto'],
      ['Porto', null],
    ]);
  });

  it('may be of taste', async () => {
    await learn(['I love sushi', 'I love tea']);
    await learn("I don't like sushi any more");
    expect(await known()).toEqual(['likes: tea', 'dislikes: sushi']);
  });

  it('may be in Chinese', async () => {
    await learn('我叫小明，我住在北京');
    await learn('我搬到了上海');
    expect(await known()).toEqual(['name: 小明', 'home: 上海']);
    expect(await engine.get(userId, 100, signal)).toBe('用户叫小明。\n用户住在上海。');
  });

  it('leaves one belief where many are learned at once', async () => {
    const cities = Array.from({ length: 12 }, (_, at) => `City${'abcdefghijkl'[at]}`);
    await Promise.all(cities.map((city) => learn(`I live in ${city}`)));
    expect(await known()).toHaveLength(1);
    const ended = (await history()).filter(({ valid_to: validTo }) => validTo !== null);
    expect(ended.every(({ superseded_by: by }) => by !== null)).toBe(true);
    expect(await history()).toHaveLength(12);
  });

  it('set by hand counts, even against words that bear a later time', async () => {
    await engine.updateAll([saidAt(turnOf(userId, 'I live in Lisbon'), new Date(Date.now() + 60_000))], signal);
    const set = await engine.setFact(userId, 'Home', ' Porto ', signal);
    expect(set).toMatchObject({ key: 'home', value: 'Porto', messageId: null });
    expect(await known()).toEqual(['home: Porto']);
  });
});

describe('what is said to be no longer so', () => {
  it.each<[string[], string, string[]]>([
    [['I have a dog called Biscuit', 'I have a cat called Luna'], 'I no longer have a dog', ['pet.cat: Luna']],
    [["I'm vegetarian", "I'm a nurse"], "I'm not vegetarian any more", ['role: a nurse']],
    [['I live in Lisbon'], 'I moved from Lisbon to Porto', ['home: Porto']],
    [['I live in Lisbon'], 'I no longer live in Lisbon.', []],
    [['I live in Porto'], 'I no longer live in Lisbon.', ['home: Porto']],
    [['I work at Google'], 'I quit my job', []],
    [['I work at Google'], "I don't work for Google anymore", []],
    [["I'm allergic to peanuts", "I'm allergic to cats"], 'I am no longer allergic to cats', ['allergy: peanuts']],
    [['I love sushi'], 'I no longer like sushi', ['dislikes: sushi']],
    [['My girlfriend is called Ana'], 'I broke up with my girlfriend', []],
    [['我的狗叫旺财', '我的猫叫咪咪'], '我没有狗了', ['pet.cat: 咪咪']],
    [['我住在北京'], '我从北京搬到了上海', ['home: 上海']],
    [['我在医院工作'], '我不在医院工作了', []],
    [['我喜欢喝茶'], '我不再喜欢喝茶了', ['dislikes: 喝茶']],
    [['我对花生过敏'], '我对花生不再过敏了', []],
  ])('%s, then "%s"', async (before, after, left) => {
    for (const said of before) await learn(said);
    await learn(after);
    expect(await known()).toEqual(left);
  });

  it('stays so where it was said after what is learned later', async () => {
    await engine.updateAll([saidAt(turnOf(userId, 'I no longer have a dog'), new Date('2026-02-01'))], signal);
    await engine.updateAll([saidAt(turnOf(userId, 'I have a dog called Rex'), new Date('2026-01-01'))], signal);
    expect(await known()).toEqual([]);
    await engine.updateAll([saidAt(turnOf(userId, 'I have a dog called Max'), new Date('2026-03-01'))], signal);
    expect(await known()).toEqual(['pet.dog: Max']);
  });
});

describe('what is said again', () => {
  it('changes nothing', async () => {
    await learn('I live in Lisbon');
    const before = await engine.facts(userId, signal);
    await learn('i live in lisbon');
    expect(await engine.facts(userId, signal)).toEqual(before);
    expect(await history()).toHaveLength(1);
  });
});

describe('what the model finds', () => {
  it('is kept with its message, and the model is shown what is known', async () => {
    await engine.setFact(userId, 'home', 'Lisbon', signal);
    model.answer = JSON.stringify({
      items: [
        { key: 'Home', value: 'Porto', message: 1 },
        { key: 'pet.dog', value: 'Biscuit', message: 1 },
        { key: '<script>', value: 'x', message: 1 },
        { key: 'name', value: ' \n ', message: 1 },
        { key: 'name', value: 'Guessed', message: 2 },
      ],
    });
    const turn = turnOf(userId, 'We left Lisbon for Porto, Biscuit and I; he is a good dog');
    await engine.refineAll([turn], WISH, signal);
    expect(await known()).toEqual(['home: Porto', 'pet.dog: Biscuit']);
    expect((await engine.facts(userId, signal))[0]?.messageId).toBe(firstMessageId(turn));
    expect(textOf(model.requests[0]?.messages[1]?.content ?? null)).toContain('"value":"Lisbon"');
  });

  it.each([undefined, 'no JSON'])('is nothing where it answers %s: what the rules found stands', async (answer) => {
    model.answer = answer;
    const turn = turnOf(userId, 'I live in Lisbon');
    await engine.updateAll([turn], signal);
    await expect(engine.refineAll([turn], WISH, signal)).rejects.toMatchObject({ code: expect.any(String) });
    expect(await known()).toEqual(['home: Lisbon']);
  });

  it('is not learned where the user has removed what the rules had found of that turn', async () => {
    const turn = turnOf(userId, 'I live in Lisbon');
    await engine.updateAll([turn], signal);
    const [fact] = await engine.facts(userId, signal);
    await engine.removeFact(userId, fact?.id ?? '', signal);
    model.answer = JSON.stringify({ items: [{ key: 'home', value: 'Lisbon', message: 1 }] });
    await engine.refineAll([turn], WISH, signal);
    expect(await known()).toEqual([]);
  });

  it('is not learned where the user has everything forgotten while the model still thinks', async () => {
    let open: () => void = () => undefined;
    model.gate = new Promise((resolve) => (open = resolve));
    model.answer = JSON.stringify({ items: [{ key: 'home', value: 'Lisbon', message: 1 }] });
    const updating = engine.refineAll([turnOf(userId, 'I live in Lisbon')], WISH, signal);
    await engine.removeAll(userId, signal);
    open();
    await updating;
    expect(await known()).toEqual([]);
  });
});

describe('what is removed', () => {
  it('goes with its history', async () => {
    await learn('I live in Lisbon');
    await learn('I moved to Porto');
    const [fact] = await engine.facts(userId, signal);
    expect(await engine.removeFact(userId, fact?.id ?? '', signal)).toBe(true);
    expect(await history()).toEqual([]);
  });
});

describe('a profile', () => {
  it('is bounded, and says so', async () => {
    await test.dataSource.query(
      `INSERT INTO profile_facts (id, user_id, key, slot, value, source, valid_from)
       SELECT gen_random_uuid(), $1, 'likes', 'taste:' || n, n, 'rules', now() FROM generate_series(1, 500) n`,
      [userId],
    );
    await learn('I live in Lisbon');
    expect(await known()).toHaveLength(500);
    await expect(engine.setFact(userId, 'home', 'Porto', signal)).rejects.toMatchObject({
      code: 'ENGINE_REQUEST_REJECTED',
    });
  });

  it.each<[string, string, string]>([
    ['key', '<b>', 'x'],
    ['key', 'x'.repeat(65), 'x'],
    ['value', 'home', '  '],
    ['value', 'home', 'x'.repeat(501)],
  ])('refuses a bad %s', async (param, key, value) => {
    await expect(engine.setFact(userId, key, value, signal)).rejects.toMatchObject({
      code: 'ENGINE_REQUEST_REJECTED',
      param,
    });
  });

  it('learns nothing of a user who has left', async () => {
    await test.dataSource.query('DELETE FROM users WHERE id = $1', [userId]);
    await expect(learn('I live in Lisbon')).resolves.toBeUndefined();
  });
});
