/** From `from` until before `until`, in milliseconds of the epoch. */
export interface Period {
  from: number;
  until: number;
}

const DAY = 24 * 3600 * 1000;
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const MONTH_WORDS =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?';
const DAY_OF_MONTH = new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? (${MONTH_WORDS})\\b(?:,? (\\d{4}))?`, 'iu');
const MONTH_DAY = new RegExp(`\\b(${MONTH_WORDS}) (\\d{1,2})(?:st|nd|rd|th)?\\b(?:,? (\\d{4}))?`, 'iu');
const IN_MONTH = new RegExp(`\\b(?:in|of|during|since|last|early|late|mid) (${MONTH_WORDS})\\b(?:,? (\\d{4}))?`, 'iu');
const IN_YEAR = /\b(?:in|of|during) (\d{4})\b/iu;
const HAN_DATE = /(?:(\d{4}|[去今前]年?)年?)?(\d{1,2}|[一二三四五六七八九]|十[一二]?)月(?:份)?(?:(\d{1,2})[日号])?/u;
const HAN_YEAR = /(\d{4})年/u;
const HAN_NUMBERS = '一二三四五六七八九十';

/** Days back from today at which a period began, and how long it was. */
const RELATIVE: readonly (readonly [RegExp, number, number])[] = [
  [/\bday before yesterday\b|前天|一昨日|그저께/iu, 2, 1],
  [/\byesterday\b|\blast night\b|昨天|昨晚|昨日|어제/iu, 1, 1],
  [/\btoday\b|\bthis morning\b|今天|今日|오늘/iu, 0, 1],
  [/\blast weekend\b|上个?周末/iu, 9, 9],
  [/\blast week\b|\ba week ago\b|上个?(?:周|星期|礼拜)|先週|지난주/iu, 14, 14],
  [/\bthis week\b|这个?(?:周|星期|礼拜)|今週|이번 주/iu, 7, 8],
  [/\blast month\b|\ba month ago\b|上个?月|先月|지난달/iu, 62, 60],
  [/\bthis month\b|这个?月|今月/iu, 31, 32],
  [/\blast year\b|\ba year ago\b|去年|昨年|작년/iu, 730, 640],
  [/\bthe other day\b|\brecently\b|\blately\b|最近|前几天/iu, 14, 15],
];

/** When what a question asks about was said, if the question tells; in UTC. */
export function periodOf(question: string, now: Date): Period | undefined {
  return dayIn(question, now) ?? hanDateIn(question, now) ?? monthIn(question, now) ?? relativeIn(question, now);
}

function dayIn(question: string, now: Date): Period | undefined {
  const [, day, month, year] = DAY_OF_MONTH.exec(question) ?? swapped(MONTH_DAY.exec(question)) ?? [];
  if (day === undefined || month === undefined) return undefined;
  return dayPeriod(year === undefined ? undefined : Number(year), monthNumber(month), Number(day), now);
}

const swapped = (found: RegExpExecArray | null) =>
  found === null ? undefined : [found[0], found[2], found[1], found[3]];

function monthIn(question: string, now: Date): Period | undefined {
  const [, month, year] = IN_MONTH.exec(question) ?? [];
  if (month !== undefined) return monthPeriod(year === undefined ? undefined : Number(year), monthNumber(month), now);
  const alone = IN_YEAR.exec(question)?.[1] ?? HAN_YEAR.exec(question)?.[1];
  if (alone === undefined) return undefined;
  return { from: Date.UTC(Number(alone), 0), until: Date.UTC(Number(alone) + 1, 0) };
}

function hanDateIn(question: string, now: Date): Period | undefined {
  const [, year, month, day] = HAN_DATE.exec(question) ?? [];
  if (month === undefined) return undefined;
  const inYear = hanYear(year, now);
  const at = hanMonth(month) - 1;
  if (at < 0 || at > 11) return undefined;
  return day === undefined ? monthPeriod(inYear, at, now) : dayPeriod(inYear, at, Number(day), now);
}

function hanYear(year: string | undefined, now: Date): number | undefined {
  if (year === undefined) return undefined;
  const back = ['今', '去', '前'].indexOf(year.charAt(0));
  return back === -1 ? Number(year) : now.getUTCFullYear() - back;
}

function hanMonth(month: string): number {
  if (/^\d/u.test(month)) return Number(month);
  const [first = '', second] = month;
  const tens = HAN_NUMBERS.indexOf(first) + 1;
  return second === undefined ? tens : tens + HAN_NUMBERS.indexOf(second) + 1;
}

function relativeIn(question: string, now: Date): Period | undefined {
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  const found = RELATIVE.find(([pattern]) => pattern.test(question));
  if (found === undefined) return undefined;
  const from = today - found[1] * DAY;
  return { from, until: from + found[2] * DAY };
}

const monthNumber = (word: string) => MONTHS.indexOf(word.slice(0, 3).toLowerCase());

/** Without a year, the last time that there was such a month. */
function monthPeriod(year: number | undefined, month: number, now: Date): Period {
  const of = year ?? now.getUTCFullYear() - (month > now.getUTCMonth() ? 1 : 0);
  return { from: Date.UTC(of, month), until: Date.UTC(of, month + 1) };
}

/** A day more on both sides: people tell of a day on the day after, and live in other time zones. */
function dayPeriod(year: number | undefined, month: number, day: number, now: Date): Period {
  const isAhead = Date.UTC(now.getUTCFullYear(), month, day) > now.getTime();
  const at = Date.UTC(year ?? now.getUTCFullYear() - (isAhead ? 1 : 0), month, day);
  return { from: at - DAY, until: at + 2 * DAY };
}
