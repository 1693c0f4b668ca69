import type { Fact } from './facts.js';

type Rule = readonly [pattern: RegExp, read: (groups: string[]) => Fact | undefined];

const OPENER =
  /^(?:你好|您好|嗨|嘿|其实|不对|不是|对了|那个|另外|还有|而且|但是|不过|(?:请|帮我)?记住|别忘了)[\s:：,]*/u;
const QUESTION = /什么|谁|哪|吗$|呢$|多少|几岁|怎么|为什么/u;
/** In the words of the English reader, so that either language can say them. */
const TASTES: Readonly<Record<string, string>> = {
  讨厌: 'hate',
  不喜欢: "don't like",
  不爱: "don't like",
  不再喜欢: "don't like",
};
const MEASURE = /^(?:[一两二三四五六七八九十几\d]+)?(?:只|个|条|位|匹|辆|台)?/u;

const RULES: readonly Rule[] = [
  [/^(?:我叫|我名叫|我的名字(?:是|叫)|(?:请|你可以|大家都?)?叫我)(.+)$/u, one('name')],
  [/^我(?:现在|已经)?(?:住在|居住在|搬到了?|搬去了?)(.+)$/u, one('home')],
  [/^我(?:已经|刚|最近)?从.+?搬(?:到|去|来)了?(.+)$/u, one('home')],
  [/^我(?:来自|是从)(.+?)(?:来的)?$/u, one('origin')],
  [/^我(?:今年|现在)?(\d{1,3}|[一二三四五六七八九十百]+)岁了?$/u, one('age')],
  [/^我在(.+?)(?:工作|上班)$/u, ([value = '']) => fact('work', 'work', value)],
  [/^我的(.{1,12}?)(?:的名字)?(?:叫做?|名叫|的名字是)(.+)$/u, two('called')],
  [/^我(狗|猫|爸爸|妈妈|哥哥|姐姐|弟弟|妹妹|老婆|老公|妻子|丈夫|女儿|儿子|孩子|朋友)叫(.+)$/u, two('called')],
  [/^我的(.{1,12}?)是(.+)$/u, two('attribute')],
  [/^我生日(?:是|在)(.+)$/u, ([value = '']) => fact('attribute', '生日', value)],
  [/^我对(.+?)(?:严重)?过敏$/u, one('allergy')],
  [/^我最喜欢的(.{1,12}?)是(.+)$/u, ([subject = '', value = '']) => fact('attribute', `最喜欢的${subject}`, value)],
  [/^我(?:现在|也|很|非常|特别|真的|最|还)*(喜欢|爱|讨厌|不再喜欢|不喜欢|不爱)(.+)$/u, tasteOf],
  [/^我(?:有|养了)(.+)$/u, ([value = '']) => fact('has', value.replace(MEASURE, ''), value)],
];

const PRONOUN = /^(?:[他她它](?:的名字)?)?(?:叫|是叫|名字是|的名字是)(.+)$/u;

/** What one Chinese clause says about the person who said it. */
export function readChinese(clause: string, latest: Fact | undefined): Fact | undefined {
  const statement = chineseStatement(clause);
  if (QUESTION.test(statement)) return undefined;
  const pronoun = PRONOUN.exec(statement)?.[1];
  if (pronoun !== undefined && latest !== undefined) return fact('called', latest.subject, pronoun);
  for (const [pattern, read] of RULES) {
    const match = pattern.exec(statement);
    if (match !== null) return read(match.slice(1));
  }
  return undefined;
}

export const chineseStatement = (clause: string): string =>
  clause.replace(OPENER, '').replaceAll(/\s+/gu, '').replace(/^用户/u, '我');

function tasteOf([verb = '', value = '']: string[]): Fact {
  return fact('taste', TASTES[verb] ?? 'like', value);
}

function one(kind: Fact['kind']): Rule[1] {
  return ([value = '']) => fact(kind, '', value);
}

function two(kind: Fact['kind']): Rule[1] {
  return ([subject = '', value = '']) => fact(kind, subject, value);
}

function fact(kind: Fact['kind'], subject: string, value: string): Fact {
  return { kind, subject, value: value.replace(/(?:了|哦|呀|啊|吧|~)$/u, '') };
}
