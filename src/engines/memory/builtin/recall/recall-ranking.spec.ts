import { describe, expect, it } from 'vitest';
import { newId } from '../../../../core/util/ids.js';
import { outlineOf } from './recall-outline.js';
import { readQuery } from './recall-query.js';
import { rankByWords } from './recall-ranking.js';
import type { OutlinedMemory } from './recall-reading.js';

const NOW = new Date('2026-03-18T15:00:00Z');

type Line = string | [text: string, fields: Partial<OutlinedMemory>];

/** A conversation: `- ` begins what the companion says. */
function conversation(...lines: Line[]) {
  const sessionId = newId();
  const texts = new Map<string, string>();
  const memories = lines.map((line): OutlinedMemory => {
    const [text, fields] = typeof line === 'string' ? [line, {}] : line;
    const id = newId();
    texts.set(id, text);
    const said = text.replace(/^- /u, '');
    const role = said === text ? 'user' : 'companion';
    return { id, sessionId, role, createdAt: NOW, outline: outlineOf(said), ...fields };
  });
  return (question: string, dictionary?: Parameters<typeof readQuery>[2]) =>
    rankByWords(memories, readQuery(question, NOW, dictionary)).map(({ id }) => texts.get(id));
}

const SMALL_TALK = Array.from({ length: 8 }, (_, at) => `Nothing much ${'abcdefgh'[at]}lse happened at the office`);

describe('memories ranked by words', () => {
  it('are found by the roots of words, the rare ones counting most', () => {
    const find = conversation(...SMALL_TALK, 'Zanzibar was lovely', 'I was swimming at the office pool');
    expect(find('What happened at the office in Zanzibar?')[0]).toBe('Zanzibar was lovely');
    expect(find('Who swam?')[0]).toBe('I was swimming at the office pool');
  });

  it.each<[string, string]>([
    ['When did I resign?', 'I handed in my notice on Thursday'],
    ['Which instruments do I play?', 'I picked up the cello again'],
    ['How are my kids?', 'My daughter starts school'],
    ['我母亲怎么样', '我妈妈退休了'],
    ['我的宠物', '家里的猫又胖了'],
  ])('are found by other words for the same: %s', (question, text) => {
    expect(conversation(...SMALL_TALK, text)(question)[0]).toBe(text);
  });

  it('are found by words of a dictionary, which count less than the word itself', () => {
    const find = conversation(...SMALL_TALK, 'The hound is asleep', 'The mutt is asleep');
    expect(find('hound', () => ['mutt'])).toEqual(
      expect.arrayContaining(['The hound is asleep', 'The mutt is asleep']),
    );
    expect(find('hound', () => ['mutt'])[0]).toBe('The hound is asleep');
  });

  it('are found by misspelt words, where no memory has them as they are', () => {
    const find = conversation(...SMALL_TALK, 'My dog is called Biscuit', 'The basket is full');
    expect(find('Bisciut')[0]).toBe('My dog is called Biscuit');
  });

  it('are found by the misspelt name of somebody who is spoken to', () => {
    const find = conversation(...SMALL_TALK, '- Good morning, Melanie!', 'The melons are ripe');
    expect(find('Melnaie')[0]).toBe('- Good morning, Melanie!');
  });

  it('bring the answer with the question that it follows, the answer first', () => {
    const find = conversation(...SMALL_TALK, '- How long have you been married?', 'Five years already!', ...SMALL_TALK);
    const found = find('How many years of marriage?');
    expect(found[0]).toBe('Five years already!');
    expect(found.slice(0, 4)).toContain('- How long have you been married?');
  });

  it('do not take what another session said for an answer', () => {
    const find = conversation(
      ...SMALL_TALK,
      ['- How long have you been married?', { sessionId: newId() }],
      ['Five apples!', { sessionId: newId() }],
    );
    expect(find('marriage')).toEqual(['- How long have you been married?']);
  });

  it('are those of the one who is named, where the other calls them so', () => {
    const find = conversation(
      '- Hi Nora!',
      'My cat had kittens',
      '- Lovely, Nora!',
      'The shed is painted',
      '- Well done, Nora.',
      '- My own cat sleeps all day',
    );
    expect(find("What about Nora's cat?")[0]).toBe('My cat had kittens');
  });

  it('are those of the one who is named at the beginning of texts', () => {
    const lines = ['Nora: My cat had kittens', 'Theo: My cat sleeps', 'Nora: Hi Theo!', 'Theo: Hi Nora!'];
    const find = conversation(...lines, 'Nora: The shed is red', 'Theo: The shed is blue');
    expect(find("Theo's cat")[0]).toBe('Theo: My cat sleeps');
    expect(find("Nora's shed")[0]).toBe('Nora: The shed is red');
  });

  it('are those of both who are named together, and of the first of two who are not', () => {
    const apart = (text: string): Line => [text, { sessionId: newId() }];
    const cats = ['Ines: The cat ran off', 'Nora: The cat is old', 'Theo: My cat sleeps'].map(apart);
    const talk = ['Nora: Hi Theo!', 'Theo: Hi Nora!', 'Nora: Bye Theo!', 'Theo: Bye Nora!', 'Ines: Hi!', 'Ines: Bye!'];
    const find = conversation(...cats, ...talk);
    const both = find('Do Nora and Theo have a cat?').slice(0, 2);
    expect(new Set(both)).toEqual(new Set(['Nora: The cat is old', 'Theo: My cat sleeps']));
    expect(find('What did Theo tell Nora of a cat?')[0]).toBe('Theo: My cat sleeps');
  });

  it('are those of the day with which the text begins', () => {
    const lines = ['[8 May 2023] Nora: Rain all day', '[9 June 2023] Nora: The office is flooded'];
    const find = conversation(...SMALL_TALK, ...lines);
    expect(find('What happened on 8 May 2023?')[0]).toBe(lines[0]);
    expect(find('What was in June 2023?')[0]).toBe(lines[1]);
  });

  it('answer a question at the end of what was said before', () => {
    const asked = 'Lovely shed! What colour is the door?';
    const find = conversation(...SMALL_TALK, asked, '- Green as grass', ...SMALL_TALK, 'A door slammed', '- Oh well');
    expect(find('the colour of the door')[0]).toBe('- Green as grass');
  });

  it('have what the question names around them where they lack it', () => {
    const told = ['The camping was great', 'So it was', 'We saw a fox'];
    const find = conversation(...told, ...SMALL_TALK, ...SMALL_TALK, 'A fox sat in the garden', ...SMALL_TALK);
    const found = find('Which fox came when camping?');
    expect(found.indexOf('We saw a fox')).toBeLessThan(found.indexOf('A fox sat in the garden'));
  });

  it('are the companion’s where its words are asked for', () => {
    const find = conversation('I read the book about bees', '- Try the book about bees by Frisch', ...SMALL_TALK);
    expect(find('Which book did you recommend to me?')[0]).toBe('- Try the book about bees by Frisch');
    expect(find('Which book did I read?')[0]).toBe('I read the book about bees');
  });

  it('are those of the time that is asked for, also where nothing else is', () => {
    const may = { createdAt: new Date('2025-05-10'), sessionId: newId() };
    const find = conversation(...SMALL_TALK, ['Rain all day', may], ['The office is flooded', may]);
    expect(find('What happened at the office in May 2025?')[0]).toBe('The office is flooded');
    expect(find('What was in May 2025?')).toEqual(expect.arrayContaining(['Rain all day', 'The office is flooded']));
  });

  it('say something rather than ask, and could be the answer', () => {
    const find = conversation(
      ...SMALL_TALK,
      'How is the sourdough?',
      ...SMALL_TALK.slice(0, 3),
      'The sourdough rose',
      'The sourdough rose at nine',
    );
    expect(find('sourdough').slice(0, 2)).not.toContain('How is the sourdough?');
    expect(find('When did the sourdough rise?')[0]).toBe('The sourdough rose at nine');
  });

  it('are none where nothing fits', () => {
    const find = conversation(...SMALL_TALK);
    for (const question of ['Zanzibar', '', 'who?', '🙂', '的']) expect(find(question)).toEqual([]);
    expect(conversation()('office')).toEqual([]);
  });
});

describe('memories that were kept without a session', () => {
  const alone = (texts: string[]) => conversation(...texts.map((text): Line => [text, { sessionId: null }]));

  it('have no neighbours where they are few', () => {
    expect(alone(['How long is Eva married?', 'Five apples'])('Eva')).toEqual(['How long is Eva married?']);
  });

  it('are a conversation where many came in one go', () => {
    const find = alone([...SMALL_TALK, ...SMALL_TALK, 'How long is Eva married?', 'Five years']);
    expect(find('Eva')).toContain('Five years');
  });
});
