import { type Fact, type FactBook, isPositive } from '../../../core/statements/facts.js';
import { sayFact } from './demo-facts.js';

type Answerer = (book: FactBook, groups: string[]) => string;

const OPENER = /^(?:你好|您好|那么?|所以|请问|请告诉我|告诉我|你?(?:还|能)?(?:知道|记得|记住)|你能告诉我)[\s,，]*/u;

const QUESTIONS: readonly (readonly [RegExp, Answerer])[] = [
  [/^我(?:叫什么(?:名字)?|的名字(?:是什么|叫什么)?|是谁)$/u, (book) => known(book.find('name'), '你的名字')],
  [/^我(?:现在)?住在?(?:哪里|哪儿|哪|什么地方)$/u, (book) => known(book.find('home'), '你住在哪里')],
  [/^我(?:来自|是)(?:哪里|哪儿)(?:来的|人)?$/u, (book) => known(book.find('origin'), '你来自哪里')],
  [/^我(?:今年)?(?:几岁|多大)了?$/u, (book) => known(book.find('age'), '你的年龄')],
  [/^我(?:在哪里?工作|在哪儿工作|做什么工作|的工作是什么)$/u, (book) => known(book.find('work'), '你的工作')],
  [/^我(?:最)?喜欢(?:什么|吃什么|做什么|喝什么)$/u, (book) => tastes(book, true)],
  [/^我(?:讨厌|不喜欢)什么$/u, (book) => tastes(book, false)],
  [/^我喜不喜欢(.+)$|^我喜欢(.+?)吗$/u, (book, groups) => tasteFor(book, groups.find(Boolean) ?? '')],
  [/^我(最喜欢的.{1,12}?)(?:是什么|是哪个|是谁)$/u, (book, [thing = '']) => about(book, thing)],
  [/^我的(.{1,12}?)(?:的名字)?(?:叫什么(?:名字)?|是什么|是谁|的名字)$/u, (book, [thing = '']) => about(book, thing)],
  [/^我(狗|猫|爸爸|妈妈|哥哥|姐姐|弟弟|妹妹|女儿|儿子)叫什么(?:名字)?$/u, (book, [thing = '']) => about(book, thing)],
];

const ABOUT_ME =
  /^(?:你)?(?:知道|记得|了解)?我(?:的)?(?:什么|哪些事情?|多少)(?:事情?)?$|^关于我.*$|^我(?:都)?(?:告诉过?|跟)你(?:说?了|过)?(?:些)?什么$/u;

/** The answer to a Chinese question about the person who asks; undefined when it is not such a question. */
export function answerChinese(question: string, book: FactBook): string | undefined {
  const asked = normalised(question);
  if (ABOUT_ME.test(asked)) return everything(book);
  for (const [pattern, answer] of QUESTIONS) {
    const match = pattern.exec(asked);
    if (match !== null) return answer(book, match.slice(1));
  }
  return undefined;
}

/** The last sentence without its end; "…吗" after "你知道" belongs to that. */
function normalised(question: string): string {
  const sentence =
    question
      .replaceAll(/\s+/gu, '')
      .split(/(?<=[。！？!?])/u)
      .at(-1) ?? question;
  const bare = sentence.replace(/[?？!！。]+$/u, '');
  const asked = bare.replace(OPENER, '');
  return asked === bare ? bare : asked.replace(/(?:吗|呢)$/u, '');
}

function known(fact: Fact | undefined, what: string): string {
  return fact === undefined ? `你还没有告诉我${what}。` : sayFact(fact, 'zh');
}

function about(book: FactBook, thing: string): string {
  return known(book.about(thing), `你的${thing}`);
}

function tastes(book: FactBook, positive: boolean): string {
  const found = book.tastes(positive);
  return found.length > 0
    ? found.map((fact) => sayFact(fact, 'zh')).join('')
    : `你还没有告诉我你${positive ? '喜欢' : '讨厌'}什么。`;
}

function tasteFor(book: FactBook, thing: string): string {
  const fact = [...book.tastes(true), ...book.tastes(false)].find(({ value }) => value === thing);
  if (fact === undefined) return `你还没有告诉我你喜不喜欢${thing}。`;
  return `${isPositive(fact) ? '是的' : '不'}，${sayFact(fact, 'zh')}`;
}

function everything(book: FactBook): string {
  if (book.all.length === 0) return '你还没有告诉我关于你的事情。';
  return `你告诉过我：${book.all.map((fact) => sayFact(fact, 'zh')).join('')}`;
}
