import { hasHan } from '../../../core/statements/statements.js';

/** Longer messages are documents that were pasted; nobody speaks of themselves so. */
const MAX_MESSAGE = 8000;
const MAX_SENTENCE = 500;
const MAX_KEPT = 1000;
const LEAST_WORDS = 4;
/** "I love tea". */
const LEAST_WORDS_OF_ONESELF = 3;
const LEAST_HAN = 6;
const LEAST_HAN_OF_ONESELF = 4;

const CODE = /```[\s\S]*?(?:```|$)/g;
const SENTENCES = /(?<=[.!?])\s+|(?<=[。！？；])|\n+/u;
const OPENER =
  /^(?:(?:hi|hello|hey|oh|well|so|and|but|also|yes|yeah|no|actually|ok|okay|thanks|thank you|please|good (?:morning|afternoon|evening|night))\b[\s,.!:-]*|(?:你好|您好|嗨|嘿|其实|对了|那个|好的|谢谢|请)[\s,，。！!]*)+/i;
const QUESTION =
  /[?？]\s*$|[吗呢]$|^(?:what|who|whose|where|when|which|why|how|do|does|did|is|are|was|were|can|could|would|will|should|shall|may|might|have you|has|isn't|aren't|don't you)\b|什么|为什么|怎么|哪里|哪个|谁是|是谁|多少|几点|几岁|是不是|能不能|可不可以/iu;
const COMMAND =
  /^(?:tell|give|show|write|make|create|list|explain|translate|summari[sz]e|describe|help|fix|find|search|look up|generate|draw|calculate|convert|compute|play|stop|continue|go on|try|repeat|say|act|pretend|ignore|forget|answer|rewrite|read|open|send|set|add|remove|delete|imagine|suggest|recommend|let's|let me know|i(?:'d| would) like you to|i (?:want|need) you to|can you|could you)\b|^(?:帮我|给我|告诉我|写一?|翻译|解释|总结|列出|推荐|画|计算|继续|停|重复|忽略|说说|讲|介绍)/iu;
const KEEP =
  /^(?:remember|don't forget|keep in mind|note)\b(?! (?:me|my|what|when|how|who)\b)|^(?:记住|别忘了|请记住|帮我记住)/iu;
const SMALL_TALK =
  /^(?:i(?:'m| am) (?:fine|good|ok|okay|well|sorry|back|here)|i (?:see|agree|understand|think so|don't know|have (?:a|one|another) (?:question|request))|nice to meet you|see you|that(?:'s| is) (?:right|true|great|fine|ok|good|nice|it)|sounds good|of course|never mind|no problem)\b.{0,12}$|^(?:我知道了|我明白了|好的|没关系|没问题|不客气|哈+).{0,4}$/iu;
const OF_ONESELF = /\b(?:i|i'm|i've|i'd|i'll|my|mine|me|we|our|us)\b|我|咱/iu;

/**
 * What of a message is worth remembering, in the person's own words: statements, but no questions, no greetings, no
 * commands and nothing too short to say something. Empty where there is none.
 */
export function salientText(message: string): string {
  if (message.length > MAX_MESSAGE) return '';
  const kept: string[] = [];
  let length = 0;
  for (const sentence of sentencesOf(message)) {
    if (!isSalient(sentence)) continue;
    length += sentence.length + 1;
    if (length > MAX_KEPT) break;
    kept.push(sentence);
  }
  return kept.join(kept.some(hasHan) ? '' : ' ');
}

function sentencesOf(message: string): string[] {
  return message
    .replaceAll(CODE, '\n')
    .replaceAll('’', "'")
    .split(SENTENCES)
    .map((sentence) => sentence.replaceAll(/\s+/gu, ' ').trim());
}

function isSalient(sentence: string): boolean {
  if (sentence.length > MAX_SENTENCE) return false;
  const statement = sentence.replace(OPENER, '');
  if (KEEP.test(statement)) return true;
  return ![QUESTION, COMMAND, SMALL_TALK].some((pattern) => pattern.test(statement)) && saysEnough(statement);
}

function saysEnough(statement: string): boolean {
  const ofOneself = OF_ONESELF.test(statement);
  const words = statement.match(/[\p{L}\p{N}'-]+/gu)?.length ?? 0;
  const han = statement.match(/\p{Script=Han}/gu)?.length ?? 0;
  if (han > 0 && han >= words) return han >= (ofOneself ? LEAST_HAN_OF_ONESELF : LEAST_HAN);
  return words >= (ofOneself ? LEAST_WORDS_OF_ONESELF : LEAST_WORDS);
}
