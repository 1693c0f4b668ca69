import { searchTerms } from '../../../core/util/search-terms.js';

/** A piece of a document that was looked up for this turn. */
export interface DemoPassage {
  source: string;
  text: string;
}

const LINE = /^- \(source: (.*?)\) (.+)$/u;
const STOP_WORDS = new Set(
  (
    'a an and are as at be been by can could did do does for from had has have how i if in is it its long many me much my ' +
    'of on or our should tell than that the their them there they this to was we were what when where which who why will ' +
    'with would you your'
  ).split(' '),
);
/** Words of one stem are mostly alike so far. */
const STEM = 5;

/** As the context lists them: the source in brackets, then the text, on one line. */
export function passagesIn(block: string): DemoPassage[] {
  return block.split('\n').flatMap((line) => {
    const [, source, text] = LINE.exec(line.trim()) ?? [];
    return source !== undefined && text !== undefined ? [{ source, text }] : [];
  });
}

/** The sentence that shares most words with the question, and where it stands; undefined where none shares any. */
export function fittingSentence(question: string, passages: readonly DemoPassage[]): DemoPassage | undefined {
  const asked = stemsOf(question);
  let best: DemoPassage | undefined;
  let most = 0;
  for (const { source, text } of passages) {
    // What stands above a sentence says what it is about.
    const above = shared(asked, stemsOf(source)) / 2;
    for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(text)) {
      const own = shared(asked, stemsOf(segment));
      if (own + above <= most) continue;
      most = own + above;
      best = { source, text: segment.trim() };
    }
  }
  return best;
}

function stemsOf(text: string): Set<string> {
  const { words, grams } = searchTerms(text);
  const stems = words.filter((word) => !STOP_WORDS.has(word)).map((word) => word.slice(0, STEM));
  // One character says little in Chinese.
  return new Set([...stems, ...grams.filter((gram) => Array.from(gram).length > 1)]);
}

const shared = (a: ReadonlySet<string>, b: ReadonlySet<string>) => [...a].filter((term) => b.has(term)).length;
