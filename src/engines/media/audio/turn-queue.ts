import type { SpokenFrame } from '../call-audio.port.js';

interface Waiting {
  turnId: string;
  chunks: Int16Array[];
  /** Of the first chunk are gone already. */
  taken: number;
  samples: number;
  /** Nothing more will come: the rest leaves, be it less than a frame. */
  finished: boolean;
}

/** A frame, and how many of its samples are speech: the last one of a turn is filled up. */
export interface CutFrame extends SpokenFrame {
  heldSamples: number;
}

/** Speech of one turn after another, given in pieces of any length and taken in frames. */
export class TurnQueue {
  private turns: Waiting[] = [];
  private readonly nextSeq = new Map<string, number>();

  constructor(private readonly frameSamples: number) {}

  /** Of all turns. */
  get samples(): number {
    return this.turns.reduce((sum, turn) => sum + turn.samples, 0);
  }

  /** Whether no frame can be taken now. */
  get empty(): boolean {
    const [first] = this.turns;
    return first === undefined || !this.hasFrame(first);
  }

  holds(turnId: string): boolean {
    return this.turns.some((turn) => turn.turnId === turnId && turn.samples > 0);
  }

  push(turnId: string, samples: Int16Array): void {
    if (samples.length === 0) return;
    const last = this.turns.at(-1);
    if (last?.turnId === turnId) {
      last.chunks.push(samples);
      last.samples += samples.length;
      last.finished = false;
      return;
    }
    // One turn speaks at a time: what comes of a new one ends the one before.
    if (last?.samples === 0) this.drop(last.turnId);
    else if (last) last.finished = true;
    this.turns.push({ turnId, chunks: [samples], taken: 0, samples: samples.length, finished: false });
  }

  finish(turnId: string): void {
    const turn = this.turns.find((waiting) => waiting.turnId === turnId);
    if (turn) turn.finished = true;
    if (turn?.samples === 0) this.drop(turnId);
    else if (!turn) this.nextSeq.delete(turnId);
  }

  drop(turnId: string): void {
    this.turns = this.turns.filter((turn) => turn.turnId !== turnId);
    this.nextSeq.delete(turnId);
  }

  clear(): void {
    this.turns = [];
    this.nextSeq.clear();
  }

  /** The next frame; undefined where less than one waits of a turn that goes on. */
  shift(): CutFrame | undefined {
    const [turn] = this.turns;
    if (!turn || !this.hasFrame(turn)) return undefined;
    const heldSamples = Math.min(this.frameSamples, turn.samples);
    const samples = this.cut(turn, heldSamples);
    const { turnId } = turn;
    const seq = this.nextSeq.get(turnId) ?? 0;
    this.nextSeq.set(turnId, seq + 1);
    if (turn.finished && turn.samples === 0) this.drop(turnId);
    return { turnId, seq, samples, heldSamples };
  }

  private hasFrame(turn: Waiting): boolean {
    return turn.samples >= this.frameSamples || (turn.finished && turn.samples > 0);
  }

  private cut(turn: Waiting, wanted: number): Int16Array {
    const [first] = turn.chunks;
    turn.samples -= wanted;
    if (first && wanted === this.frameSamples && first.length - turn.taken >= wanted)
      return this.slice(turn, first, wanted);
    const frame = new Int16Array(this.frameSamples);
    for (let filled = 0; filled < wanted;) {
      const [chunk] = turn.chunks;
      if (!chunk) break;
      const piece = this.slice(turn, chunk, Math.min(wanted - filled, chunk.length - turn.taken));
      frame.set(piece, filled);
      filled += piece.length;
    }
    return frame;
  }

  /** A view, not a copy. */
  private slice(turn: Waiting, chunk: Int16Array, length: number): Int16Array {
    const piece = chunk.subarray(turn.taken, turn.taken + length);
    turn.taken += length;
    if (turn.taken === chunk.length) {
      turn.chunks.shift();
      turn.taken = 0;
    }
    return piece;
  }
}
