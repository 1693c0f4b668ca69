/** What a message asks of the personalisation engines. */
export interface Intent {
  /** Short social talk, for which nothing needs to be looked up. */
  isSmallTalk: boolean;
  /** Worth looking up in documents: it asks, or says more than a few words. */
  wantsKnowledge: boolean;
}

const LETTERS = /[\p{L}\p{N}]+/gu;
/** Letters of scripts that put no space between words: about two of them say as much as a word. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;
/** Of languages whose questions nobody has listed here. */
const NOT_ENGLISH = /[^\p{ASCII}\p{Script=Han}\p{P}\p{S}\p{M}\p{Z}]/u;
const SMALL_TALK =
  /^(?:hi|hello|hey|yo|good (?:morning|afternoon|evening|night)|how are you(?: doing)?(?: today)?|what'?s up|thanks?(?: you)?(?: so much| a lot)?|thank you(?: so much| very much)?|ok(?:ay)?|yes|no|sure|great|nice|cool|bye|goodbye|see you(?: later| soon)?|lol|haha+)(?: (?:there|again|cozy|friend))?$/;
const SMALL_TALK_HAN =
  /^(?:你好|您好|嗨|哈喽|早上好|上午好|中午好|下午好|晚上好|晚安|早安|你好吗|你好嗎|最近怎么样|最近怎麼樣|谢谢(?:你|您)?|謝謝(?:你|您|妳)?|多谢|多謝|好的?|行|嗯+|是的?|不是|哈哈+|再见|再見|拜拜)[呀啊吗嗎呢了]?$/u;
const QUESTION =
  /[?？]|^(?:who|what|when|where|why|how|which|can|could|do|does|did|is|are|was|were|tell|explain|show|find)\b|[吗嗎呢]$|什么|什麼|怎么|怎麼|为什么|為什麼|哪|谁|誰|几|幾|多少/u;
/** Less than this says too little to search documents with: "My dog", but not "refund policy". */
const LEAST_WORDS = 3;
const LEAST_LETTERS = 12;

/** Pure: decides which engines are worth asking. In doubt they are asked: a missed memory costs more than a lookup. */
export function intentOf(text: string): Intent {
  const plain = (text.toLowerCase().match(LETTERS) ?? []).join(' ');
  const bare = text.replaceAll(/[\s\p{P}\p{S}]/gu, '');
  if (plain === '' || SMALL_TALK.test(plain) || SMALL_TALK_HAN.test(bare)) {
    return { isSmallTalk: true, wantsKnowledge: false };
  }
  const words = plain.split(' ').length + Math.floor((text.match(UNSPACED)?.length ?? 0) / 2);
  const saysEnough = words >= LEAST_WORDS || plain.length > LEAST_LETTERS || NOT_ENGLISH.test(text);
  return { isSmallTalk: false, wantsKnowledge: saysEnough || QUESTION.test(text.trim().toLowerCase()) };
}
