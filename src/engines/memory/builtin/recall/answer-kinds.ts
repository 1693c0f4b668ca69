/** What a question may ask for, and what tells of it: each mark is kept with a text that could be the answer. */
const KINDS = [
  {
    mark: '#when',
    asked: /\bwhen\b|\bwhat (?:day|date|month|year|time)\b|什么时候|何时|哪[天年月]|几[月号点]|いつ|언제/iu,
    told: /\b(?:yesterday|today|tonight|tomorrow|last|next|ago|weeks?|months?|years?|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter|christmas|easter|\d{4}|\d+(?:st|nd|rd|th)|since|until|weekend|birthday)\b|[昨今明前后]天|[上下这]个?(?:周|月|星期)|[去今明前]年|\d月|[一二三四五六七八九十]月|号|点|星期|昨日|今日|明日|先週|来週|어제|내일/iu,
  },
  {
    mark: '#number',
    asked: /\bhow (?:many|much|old|long|far|often|big|tall|high|fast)\b|多少|几|多[大久长高]|いくつ|何[人個回]|몇/iu,
    told: /\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|half|dozen|couple|twins?|once|twice)\b|[一二两三四五六七八九十百千万半]/iu,
  },
  {
    mark: '#where',
    asked:
      /\bwhere\b|\b(?:which|what) (?:city|country|place|town|school|store|shop|restaurant)\b|哪里|哪儿|在哪|何处|什么地方|どこ|어디/iu,
    told: /\b(?:in|at|to|from|near|behind|by|above|under|outside)\s+(?:the\s+|an?\s+|my\s+|our\s+)?\p{L}{3,}|在|到|去|[里市区岛]/iu,
  },
  {
    mark: '#who',
    asked: /\bwho(?:m|se)?\b|谁|だれ|誰|누구/iu,
    told: /(?<![.!?]\s|^)\b\p{Lu}\p{Ll}+|\b(?:brother|sister|mum|mom|dad|mother|father|friend|cousin|aunt|uncle|boss|colleague|neighbou?r|husband|wife|teacher)\b|[爸妈哥姐弟妹叔姨]|老师|朋友|同事/u,
  },
] as const;

/** The marks of what a text could be the answer to. */
export const marksOf = (text: string): string[] => KINDS.filter(({ told }) => told.test(text)).map(({ mark }) => mark);

/** The mark of what a question asks for, if any. */
export const askedMark = (question: string): string | undefined =>
  KINDS.find(({ asked }) => asked.test(question))?.mark;
