import { type Ending, subjectOf } from './facts.js';

type Rule = readonly [pattern: RegExp, ends: Ending['ends']];

const GONE = String.raw`(?: any ?more| any longer)`;
const NOUN = String.raw`(?:an? |any |my |the )?(\p{L}[\p{L} -]{1,39}?)`;
const AM = "i(?:'m| am)";
const NOT = "(?:don't|do not)";

const rule = (pattern: string, ends: Ending['ends']): Rule => [new RegExp(`^${pattern}$`, 'iu'), ends];

/** What is captured names the thing for `has`, and is the value for the others. */
const ENGLISH: readonly Rule[] = [
  rule(`i no longer have ${NOUN}`, 'has'),
  rule(`i (?:${NOT} have|haven't got) ${NOUN}${GONE}`, 'has'),
  rule(`(?:i|we)(?:'ve| have)? (?:broke|broken|split) up with my ([\\p{L}-]+)`, 'has'),
  rule(`${AM} no longer allergic to (.+)`, 'allergy'),
  rule(`${AM} not allergic to (.+?)${GONE}`, 'allergy'),
  rule(`(?:i no longer live|${AM} no longer (?:living|based)) (?:in|at|near) (.+)`, 'home'),
  rule(`(?:i ${NOT} live|${AM} not living) (?:in|at|near) (.+?)${GONE}`, 'home'),
  rule(`(?:i no longer work|${AM} no longer working) ((?:as|at|for|in|with) .+)`, 'work'),
  rule(`(?:i ${NOT} work|${AM} not working) ((?:as|at|for|in|with) .+?)${GONE}`, 'work'),
  rule(`i(?:'ve| have)?(?: just)? (?:quit|left|lost) my job()`, 'work'),
  rule(`${AM} no longer (?:an? )?(.+)`, 'role'),
  rule(`${AM} not (?:an? )?(.+?)${GONE}`, 'role'),
];

const CHINESE: readonly Rule[] = [
  rule('我(?:已经|现在)?(?:没有|没)(.{1,10}?)了', 'has'),
  rule('我(?:已经|现在)?(?:不再有|不再养|不养)(.{1,10}?)了?', 'has'),
  rule('我(?:和|跟)(.{1,8}?)(?:分手|离婚)了?', 'has'),
  rule('我(?:现在|已经)?对(.+?)(?:不再过敏|不过敏)了?', 'allergy'),
  rule('我(?:现在|已经)?(?:不再住在|不住在)(.+?)了?', 'home'),
  rule('我(?:现在|已经)?(?:不再在|不在)(.+?)(?:工作|上班)了?', 'work'),
  rule('我(?:已经|刚)?(?:辞职|离职|失业)了?()', 'work'),
  rule('我(?:现在|已经)?(?:不再是|不是)(.+?)了', 'role'),
  rule('我(?:现在|已经)?不再是(.+)', 'role'),
];

/** What one clause, its opening words taken off, says has ended; undefined where it says nothing of the kind. */
export function readEnding(statement: string, isChinese: boolean): Ending | undefined {
  for (const [pattern, ends] of isChinese ? CHINESE : ENGLISH) {
    const said = pattern.exec(statement)?.[1];
    if (said === undefined) continue;
    return ends === 'has' ? { ends, subject: headOf(said, isChinese), value: '' } : { ends, subject: '', value: said };
  }
  return undefined;
}

/** "dog" of "little brown dogs", "女朋友" of "我的女朋友". */
function headOf(noun: string, isChinese: boolean): string {
  if (isChinese) return noun.replace(/^(?:我的?)?(?:[一两二三四五六七八九十几\d]*(?:只|个|条|位|匹))?/u, '');
  const head = subjectOf(noun).split(' ').at(-1) ?? noun;
  return /[^su]s$/.test(head) ? head.slice(0, -1) : head;
}
