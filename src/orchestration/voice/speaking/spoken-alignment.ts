import { type Sentence, speechWeight } from './sentence-splitter.js';

interface Piece extends Sentence {
  weight: number;
  /** Of its sound so far. */
  milliseconds: number;
  /** No more of its sound will come. */
  isWhole: boolean;
}

/** How long a text is likely to sound before any was heard, by its weight. */
const MS_PER_WEIGHT = 65;
/** The last of a sentence is silence. */
const TOLERANCE_MS = 60;

const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** Which text belongs to which milliseconds of what was played. */
export class SpokenAlignment {
  private readonly pieces: Piece[] = [];

  /** What is spoken next. Returns how to note its sound. */
  add(sentence: Sentence): { grow: (milliseconds: number) => void; end: () => void } {
    const piece: Piece = { ...sentence, weight: speechWeight(sentence.spoken), milliseconds: 0, isWhole: false };
    this.pieces.push(piece);
    return {
      grow: (milliseconds) => (piece.milliseconds += milliseconds),
      end: () => (piece.isWhole = true),
    };
  }

  /** As much of the text as was heard: whole words, rather too few than too many. */
  heardText(playedMs: number): string {
    let heard = '';
    let left = playedMs;
    for (const piece of this.pieces) {
      const isHeard = piece.isWhole && left >= piece.milliseconds - TOLERANCE_MS;
      if (!isHeard) return (heard + beginningOf(piece.source, left / this.lengthOf(piece))).trimEnd();
      heard += piece.source;
      left = Math.max(0, left - piece.milliseconds);
    }
    return heard.trimEnd();
  }

  private lengthOf(piece: Piece): number {
    if (piece.isWhole) return piece.milliseconds;
    const known = this.pieces.filter(({ isWhole, milliseconds }) => isWhole && milliseconds > 0);
    const weight = known.reduce((sum, one) => sum + one.weight, 0);
    const pace = weight > 0 ? known.reduce((sum, one) => sum + one.milliseconds, 0) / weight : MS_PER_WEIGHT;
    return Math.max(1, piece.milliseconds, piece.weight * pace);
  }
}

/** The whole words of a text within a share of it. */
function beginningOf(text: string, share: number): string {
  const most = Math.floor(text.length * Math.min(1, share));
  let end = 0;
  for (const { index, segment, isWordLike } of words.segment(text)) {
    if (index + segment.length > most) break;
    if (isWordLike) end = index + segment.length;
  }
  return text.slice(0, end);
}
