import { describe, expect, it } from 'vitest';
import { answerChinese } from './demo-answers-zh.js';
import { answerEnglish } from './demo-answers-en.js';
import { sayFact } from './demo-facts.js';
import { hasHan, readFacts } from '../../../core/statements/statements.js';

const said = (...statements: string[]): string[] =>
  readFacts(statements).all.map((fact) => sayFact(fact, statements.some(hasHan) ? 'zh' : 'en'));

describe('English statements', () => {
  it.each<[string, string[]]>([
    ['My name is Ana.', ['Your name is Ana.']],
    ['my name’s Ana', ['Your name is Ana.']],
    ["Hi! I'm Ana", ['Your name is Ana.']],
    ['Call me Ana, please', ['Your name is Ana.']],
    ['Hello, I am Ana Maria.', ['Your name is Ana Maria.']],
    ["I'm tired", []],
    ["I'm Portuguese", []],
    ['Call me later', []],
    ['I live in Lisbon', ['You live in Lisbon.']],
    ["I've just moved to Porto.", ['You live in Porto.']],
    ["I'm from Brazil", ['You are from Brazil.']],
    ["I'm 34 years old", ['You are 34 years old.']],
    ['I work as a nurse', ['You work as a nurse.']],
    ["I'm a nurse", ['You are a nurse.']],
    ["I'm a bit tired", []],
    ['I really love sushi', ['You love sushi.']],
    ["I don't like olives", ["You don't like olives."]],
    ['I like to swim', ['You like to swim.']],
    ["I'd like some help", []],
    ['My dog is called Biscuit.', ['Your dog is called Biscuit.']],
    ["My dog's name is Biscuit", ['Your dog is called Biscuit.']],
    ["my sister's name is Mia", ['Your sister is called Mia.']],
    ['The name of my cat is Luna.', ['Your cat is called Luna.']],
    ['I have a dog named Rex', ['Your dog is called Rex.']],
    ['I have a cat. Her name is Luna.', ['You have a cat.', 'Your cat is called Luna.']],
    ['I have two brothers', ['You have two brothers.']],
    ['I have a question', []],
    ["I'm allergic to peanuts", ['You are allergic to peanuts.']],
    ['I have a severe peanut allergy', ['You are allergic to peanut.']],
    ['I was born on 3 May 1990', ['Your birthday is 3 May 1990.']],
    ['I was born in a small town', []],
    ['I am vegetarian', ['You are vegetarian.']],
    ['My favorite color is green', ['Your favourite colour is green.']],
    ['My birthday is on 3 May', ['Your birthday is on 3 May.']],
    [
      'My name is Ana and I live in Lisbon, my dog is called Rex',
      ['Your name is Ana.', 'You live in Lisbon.', 'Your dog is called Rex.'],
    ],
    ['I love tea but I hate coffee', ['You love tea.', 'You hate coffee.']],
    ['Please remember that the meeting is on Friday', ['You asked me to remember this: the meeting is on Friday.']],
    ['Remember: my dog is called Rex', ['Your dog is called Rex.']],
    ['What is my name?', []],
    ['what is my name', []],
    ['Is my dog called Rex', []],
    ['The weather is nice.', []],
    ["The user's dog is called Biscuit.", ['Your dog is called Biscuit.']],
    ['User lives in Lisbon', ['You live in Lisbon.']],
    ['The user is from Brazil', ['You are from Brazil.']],
  ])('%s', (statement, facts) => {
    expect(said(statement)).toEqual(facts);
  });

  it.each<[string[], string[]]>([
    [['I live in Lisbon', 'I moved to Porto'], ['You live in Porto.']],
    [['My name is Anna', "No, it's Ana"], ['Your name is Ana.']],
    [['My dog is called Rex', 'Actually, my dog is called Max'], ['Your dog is called Max.']],
    [['I love sushi', "I don't like sushi any more"], ["You don't like sushi."]],
    [['My favourite colour is red', 'my favorite color is blue'], ['Your favourite colour is blue.']],
  ])('%j: the later one counts', (statements, facts) => {
    expect(said(...statements)).toEqual(facts);
  });
});

describe('Chinese statements', () => {
  it.each<[string, string[]]>([
    ['我叫小明。', ['你叫小明。']],
    ['你好，我的名字是小明', ['你叫小明。']],
    ['我叫小明，我住在北京', ['你叫小明。', '你住在北京。']],
    ['我来自四川', ['你来自四川。']],
    ['我今年30岁了', ['你30岁。']],
    ['我在医院工作', ['你在医院工作。']],
    ['我很喜欢喝茶', ['你喜欢喝茶。']],
    ['我不喜欢咖啡', ['你不喜欢咖啡。']],
    ['我的狗叫旺财', ['你的狗叫旺财。']],
    ['我有一只猫，它叫咪咪', ['你有一只猫。', '你的猫叫咪咪。']],
    ['我最喜欢的颜色是蓝色', ['你最喜欢的颜色是蓝色。']],
    ['我的生日是五月三日', ['你的生日是五月三日。']],
    ['我生日是五月三日', ['你的生日是五月三日。']],
    ['我对花生过敏', ['你对花生过敏。']],
    ['用户住在北京', ['你住在北京。']],
    ['我叫什么名字', []],
    ['我的狗叫什么？', []],
    ['今天天气很好', []],
  ])('%s', (statement, facts) => {
    expect(said(statement)).toEqual(facts);
  });
});

describe('English questions', () => {
  const book = readFacts([
    'My name is Ana and I live in Lisbon. I am from Brazil. I am 34. I work as a nurse.',
    'My dog is called Biscuit. My sister is Mia. My favourite colour is green. I have two cats. My birthday is on 3 May.',
    'I love sushi. I hate olives.',
  ]);
  it.each<[string, string]>([
    ["What's my name?", 'Your name is Ana.'],
    ['Do you remember my name?', 'Your name is Ana.'],
    ['who am I', 'Your name is Ana.'],
    ['Can you tell me where I live?', 'You live in Lisbon.'],
    ['Where am I from?', 'You are from Brazil.'],
    ['How old am I?', 'You are 34 years old.'],
    ['What do I do for a living?', 'You work as a nurse.'],
    ['What is my dog called?', 'Your dog is called Biscuit.'],
    ["Thanks! What's my dog's name?", 'Your dog is called Biscuit.'],
    ['what is the name of my dog?', 'Your dog is called Biscuit.'],
    ['Do you know what my dog is called?', 'Your dog is called Biscuit.'],
    ['And my dog?', 'Your dog is called Biscuit.'],
    ['Who is my sister?', 'Your sister is Mia.'],
    ["What's my favorite color?", 'Your favourite colour is green.'],
    ['When is my birthday?', 'Your birthday is on 3 May.'],
    ['Do I have any cats?', 'Yes. You have two cats.'],
    ['Do I have a horse?', 'You have not told me whether you have horse.'],
    ['What do I like to eat?', 'You love sushi.'],
    ['What food do I like?', 'You love sushi.'],
    ["What don't I like?", 'You hate olives.'],
    ['What do I hate?', 'You hate olives.'],
    ['Do I like sushi?', 'Yes: you love sushi.'],
    ['Do I like olives?', 'No: you hate olives.'],
    ['What is my cat called?', 'You have two cats.'],
    ["What is my boss's name?", 'You have not told me about your boss yet.'],
  ])('%s', (question, answer) => {
    expect(answerEnglish(question, book)).toBe(answer);
  });

  it.each([
    'What do you know about me?',
    'What have I told you so far?',
    'Tell me everything you know about me',
    'what did I tell you about myself?',
  ])('%s', (question) => {
    expect(answerEnglish(question, book)).toMatch(/^This is what you have told me: Your name is Ana\. .*olives\.$/);
  });

  it.each(['How tall is the Eiffel tower?', 'Tell me a story', 'What is love?'])(
    '%s is another question',
    (question) => {
      expect(answerEnglish(question, book)).toBeUndefined();
    },
  );

  it('says so when it was told nothing', () => {
    expect(answerEnglish('What do you know about me?', readFacts([]))).toBe(
      'You have not told me anything about yourself yet.',
    );
    expect(answerEnglish("What's my name?", readFacts([]))).toBe('You have not told me your name yet.');
  });
});

describe('Chinese questions', () => {
  const book = readFacts(['我叫小明，我住在北京', '我的狗叫旺财。我喜欢喝茶。我讨厌咖啡。我最喜欢的颜色是蓝色。']);
  it.each<[string, string | undefined]>([
    ['我叫什么名字？', '你叫小明。'],
    ['你知道我叫什么吗？', '你叫小明。'],
    ['我住在哪里', '你住在北京。'],
    ['我的狗叫什么？', '你的狗叫旺财。'],
    ['我狗叫什么名字', '你的狗叫旺财。'],
    ['我喜欢什么？', '你喜欢喝茶。'],
    ['我讨厌什么？', '你不喜欢咖啡。'],
    ['我喜欢咖啡吗？', '不，你不喜欢咖啡。'],
    ['我最喜欢的颜色是什么？', '你最喜欢的颜色是蓝色。'],
    ['我几岁？', '你还没有告诉我你的年龄。'],
    [
      '你知道我什么？',
      '你告诉过我：你叫小明。你住在北京。你的狗叫旺财。你喜欢喝茶。你不喜欢咖啡。你最喜欢的颜色是蓝色。',
    ],
    ['今天天气怎么样？', undefined],
  ])('%s', (question, answer) => {
    expect(answerChinese(question, book)).toBe(answer);
  });
});

describe('two statements with one subject', () => {
  it('are two facts', () => {
    const book = readFacts(['I live in Lisbon and work as a nurse.']);
    expect([book.find('home')?.value, book.find('work')?.value]).toEqual(['Lisbon', 'as a nurse']);
  });
  it('are not made of what one does in one place', () => {
    expect(readFacts(['I love to live and work in Lisbon']).find('work')).toBeUndefined();
  });
});
