const MONTH =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?';
const DATE = `\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}|\\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:${MONTH})\\.?,? \\d{4}|(?:${MONTH})\\.? \\d{1,2}(?:st|nd|rd|th)?,? \\d{4}|\\d{4}年\\d{1,2}月\\d{1,2}[日号]?`;
const TIME = '\\d{1,2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,6})?)?(?: ?[ap]\\.?m\\.?)?(?:z| ?utc|[+-]\\d{2}:?\\d{2})?';
const SESSION =
  '(?:session|conversation|chat|day|turn|dialogue|d)[ _#:.-]*\\d{1,4}(?:[:.-]\\d{1,4})?|第?\\d{1,4}[次天]';
const WEEKDAY = '(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?';
/** When and where something was said: a date, a time, the number of a session, in any order and between any marks. */
const WHEN = `(?:(?:on|at|date|time|t)\\b:? ?)?(?:${DATE}|${TIME}|${SESSION}|${WEEKDAY})`;
const MARKS = '[\\s\\[\\](){}【】（）<>|,;*_~—–-]';
const WHENS = new RegExp(`^${MARKS}*(?:${WHEN})(?:${MARKS}|[tT](?=\\d)|:(?!\\d)|at |on )*`, 'iu');
const DATE_AT = new RegExp(DATE, 'iu');
const NAME = "[\\p{Lu}\\p{Lo}][\\p{L}\\p{M}'’.-]*(?: [\\p{L}\\p{M}'’.-]+){0,2}?";
/** "Nora: …", "**Nora** (3 May 2023): …", "Nora said: …", "Nora says, \"…\"". */
const SPEAKER = new RegExp(
  `^\\s*[*_]{0,2}(${NAME})[*_]{0,2}\\s*(?:[\\[(（]([^\\])）]{1,60})[\\])）]\\s*)?(?:(?:said|says|wrote|writes|asked|asks|replied|replies|说|问)\\s*(?:[:：,，]|(?=["“「]))|[:：])[*_]{0,2}\\s*`,
  'u',
);
/** Something else in brackets before the name. */
const BRACKETS = /^\s*[[(][^\])]{1,40}[\])]\s*/u;
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const MOST_HEADS = 4;
const LONGEST = 200;

/** What stands before the words of a text that was brought in from elsewhere. */
export interface Heading {
  speaker: string | undefined;
  /** The day on which it was said, as `2023-05-08`. */
  day: string | undefined;
  /** What was said. */
  said: string;
  /** What of the heading is not a time: names, and remarks in brackets. */
  remarks: string;
}

/** Of texts that begin with no heading, `said` is the text. */
export function headingOf(text: string): Heading {
  const whens = afterWhens(text);
  const day = dayIn(text.slice(0, whens));
  const named = namedAt(text, whens, whens) ?? (whens === 0 ? namedAt(text, 0, bracketsOf(text)) : undefined);
  if (named !== undefined) return { ...named, day: day ?? named.day };
  // A number at the beginning of a sentence is no heading, but a whole date is.
  return { speaker: undefined, day, said: day === undefined ? text : text.slice(whens), remarks: '' };
}

/** The heading with a name that begins at a place of a text, of which what stands before `from` is a time. */
function namedAt(text: string, from: number, at: number): Heading | undefined {
  const [heading, speaker, remark = ''] = SPEAKER.exec(text.slice(at, at + LONGEST)) ?? [];
  if (heading === undefined || speaker === undefined) return undefined;
  const remarks = `${text.slice(from, at)} ${speaker} ${WHENS.test(remark) ? '' : remark}`;
  return { speaker, day: dayIn(remark), said: text.slice(at + heading.length), remarks };
}

const bracketsOf = (text: string): number => BRACKETS.exec(text.slice(0, LONGEST))?.[0].length ?? 0;

function afterWhens(text: string): number {
  let at = 0;
  for (let heads = 0; heads < MOST_HEADS; heads += 1) {
    const found = WHENS.exec(text.slice(at, at + LONGEST));
    if (found === null) break;
    at += found[0].length;
  }
  return at;
}

function dayIn(heading: string): string | undefined {
  const date = DATE_AT.exec(heading)?.[0].toLowerCase();
  if (date === undefined) return undefined;
  const [year = 0, month = 0, day = 0] = partsOf(date);
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= 31;
  return isDay ? `${year}-${pad(month)}-${pad(day)}` : undefined;
}

/** Year, month and day. */
function partsOf(date: string): number[] {
  const numbers = (date.match(/\d+/gu) ?? []).map(Number);
  const month = /[a-z]{3}/u.exec(date.replaceAll(/\d(?:st|nd|rd|th)|of/gu, ''))?.[0];
  return month === undefined ? numbers : [Math.max(...numbers), MONTHS.indexOf(month) + 1, Math.min(...numbers)];
}

const pad = (number: number) => String(number).padStart(2, '0');
