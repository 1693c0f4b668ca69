/** What a message asks of the personalisation engines. */
export interface Intent {
  /** Short social talk, for which nothing needs to be looked up. */
  isSmallTalk: boolean;
  /** Worth looking up in documents: it asks, or says more than a few words. */
  wantsKnowledge: boolean;
}

const LETTERS = /[\p{L}\p{N}]+/gu;
const HAN = /\p{Script=Han}/gu;
const SMALL_TALK =
  /^(?:hi|hello|hey|yo|good (?:morning|afternoon|evening|night)|how are you(?: doing)?(?: today)?|what'?s up|thanks?(?: you)?(?: so much| a lot)?|thank you(?: so much| very much)?|ok(?:ay)?|yes|no|sure|great|nice|cool|bye|goodbye|see you(?: later| soon)?|lol|haha+)(?: (?:there|again|cozy|friend))?$/;
const SMALL_TALK_HAN =
  /^(?:你好|您好|嗨|哈喽|早上好|上午好|中午好|下午好|晚上好|晚安|早安|你好吗|最近怎么样|谢谢(?:你|您)?|多谢|好的?|行|嗯+|是的?|不是|哈哈+|再见|拜拜)[呀啊吗呢了]?$/u;
const QUESTION =
  /[?？]|^(?:who|what|when|where|why|how|which|can|could|do|does|did|is|are|was|were|tell|explain|show|find)\b|[吗呢]$|什么|怎么|为什么|哪|谁|几|多少/u;
/** Fewer words than this say too little to search documents with. */
const FEW_WORDS = 4;

/** Pure: decides which engines are worth asking. In doubt they are asked: a missed memory costs more than a lookup. */
export function intentOf(text: string): Intent {
  const plain = (text.toLowerCase().match(LETTERS) ?? []).join(' ');
  const bare = text.replaceAll(/[\s\p{P}\p{S}]/gu, '');
  if (plain === '' || SMALL_TALK.test(plain) || SMALL_TALK_HAN.test(bare)) {
    return { isSmallTalk: true, wantsKnowledge: false };
  }
  const words = plain.split(' ').length + Math.floor((text.match(HAN)?.length ?? 0) / 2);
  return { isSmallTalk: false, wantsKnowledge: words >= FEW_WORDS || QUESTION.test(text.trim().toLowerCase()) };
}
