import type { AuditCheckpointText, AuditHeadText, AuditRowText } from '../../storage/audit/audit-chain.repository.js';
import { type AuditKeyring, checkpointBytes, headBytes, rowBytes, rowHash } from './audit-chain.js';

/** A place in the chain that a check has come to. */
export interface AuditAnchor {
  /** As digits: whoever edits the table may write more of them than a number holds. */
  seq: string;
  /** Of that row; undefined where it cannot be relied on. */
  hash: string | undefined;
}

export type AuditProblemKind =
  | 'row-changed'
  | 'row-moved'
  | 'row-twice'
  | 'rows-missing'
  | 'rows-behind-head'
  | 'rows-before-start'
  | 'row-not-linked'
  | 'row-replaced'
  | 'key-unknown'
  | 'head-changed'
  | 'head-missing'
  | 'head-mismatch'
  | 'checkpoint-changed'
  | 'checkpoint-mismatch'
  | 'checkpoint-missing'
  | 'checkpoint-unreadable';

export interface AuditProblem {
  kind: AuditProblemKind;
  /** The first row concerned; 0 where it is none. */
  from: number;
  to: number;
  /** For an operator. */
  message: string;
}

const MOST_PROBLEMS = 100;
/** How far from its place a moved row is looked for. */
const MOVED_WITHIN = 64;
/** No row of ours has more; whoever wrote it must not make the check slow. */
const MOST_DETAILS = 50_000;

/**
 * Walks the chain in order and collects what is wrong with it. Pure: rows, checkpoints and head are handed to it. A row
 * that fails says nothing about the next, so each problem is told once, at its own place.
 */
export class AuditWalk {
  readonly problems: AuditProblem[] = [];
  problemCount = 0;
  rows = 0;
  checkpoints = 0;
  private lastText: string;
  private hash: string | undefined;

  constructor(
    private readonly keys: AuditKeyring,
    start: AuditAnchor,
  ) {
    this.lastText = start.seq;
    this.hash = start.hash;
  }

  /** The last row. */
  get anchor(): AuditAnchor {
    return { seq: this.lastText, hash: this.hash };
  }

  private get last(): number {
    return Number(this.lastText);
  }

  row(row: AuditRowText): void {
    this.rows += 1;
    const seq = Number(row.seq);
    if (seq <= this.last) {
      this.tell('row-twice', seq, seq, `row ${seq} is there twice`);
      return;
    }
    if (seq > this.last + 1) {
      this.tellMissing(this.last + 1, seq - 1, '');
      this.hash = undefined;
    }
    const isSound = this.isSound(row, seq);
    if (isSound && this.hash !== undefined && row.previousHash !== this.hash) {
      this.tell('row-not-linked', seq, seq, `row ${seq} does not follow row ${this.last}: one of them was replaced`);
    }
    this.lastText = row.seq;
    this.hash = isSound ? rowHash(row) : undefined;
  }

  /** A checkpoint at a row that is not there. */
  checkpointAlone(checkpoint: AuditCheckpointText, where: string): void {
    this.isSoundCheckpoint(checkpoint, where);
  }

  /** A checkpoint at the last row that was handed in. */
  checkpointHere(checkpoint: AuditCheckpointText, where: string): void {
    if (!this.isSoundCheckpoint(checkpoint, where)) return;
    if (this.hash === undefined || this.hash === checkpoint.hash) return;
    const seq = this.last;
    this.tell(
      'checkpoint-mismatch',
      seq,
      seq,
      `row ${seq} is not the one that the checkpoint of ${timeOf(checkpoint)} saw (${where})`,
    );
  }

  /** A checkpoint behind the last row of all. */
  checkpointBeyond(checkpoint: AuditCheckpointText, where: string): void {
    if (!this.isSoundCheckpoint(checkpoint, where)) return;
    const seq = Number(checkpoint.seq);
    if (seq <= this.last) return;
    this.tellCut(checkpoint.seq, `the checkpoint of ${timeOf(checkpoint)} saw row ${seq} (${where})`);
  }

  beforeStart(seq: string): void {
    const message = `row ${seq} stands before the beginning of the chain`;
    this.tell('rows-before-start', Number(seq), Number(seq), message);
  }

  /** An earlier check came as far as this. */
  seenBefore(seq: string): void {
    if (Number(seq) > this.last) this.tellCut(seq, `an earlier check saw row ${seq}`);
  }

  /** A row where an earlier check ended; one that is not even signed is told of as it is walked over. */
  rowSeenBefore(row: AuditRowText, seen: AuditAnchor): void {
    if (seen.hash === undefined || !this.keys.knows(row.keyId) || !this.isSigned(row)) return;
    if (rowHash(row) === seen.hash) return;
    const seq = Number(seen.seq);
    this.tell('row-replaced', seq, seq, `row ${seq} is not the one that an earlier check saw`);
  }

  /** A checkpoint that the file has and the table has not. */
  checkpointMissing(seq: number): void {
    this.tell('checkpoint-missing', seq, seq, `the checkpoint at row ${seq} is in the file but not in the database`);
  }

  /** The head, if it may be relied on. */
  head(head: AuditHeadText | undefined): AuditHeadText | undefined {
    if (!head) return undefined;
    const seq = Number(head.seq);
    if (!this.keys.knows(head.keyId)) this.tellUnknownKey('the head', head.keyId, seq);
    else if (this.keys.verifies(head.keyId, headBytes(head), head.signature)) return head;
    else this.tell('head-changed', seq, seq, 'the head was changed');
    return undefined;
  }

  headMissing(): void {
    this.tell('head-missing', 0, 0, 'the head is missing, though there are rows or checkpoints');
  }

  /** The head against the last row, when all rows have been handed in. */
  end(head: AuditHeadText | undefined): void {
    if (!head) return;
    const seq = Number(head.seq);
    if (this.last < seq) {
      this.tellCut(head.seq, `the head is row ${seq}`);
    } else if (this.last > seq) {
      const rows = span(seq + 1, this.last);
      this.tell('rows-behind-head', seq + 1, this.last, `${rows} behind the head, which is row ${seq}`);
    } else if (this.hash !== undefined && this.hash !== head.hash) {
      this.tell('head-mismatch', seq, seq, `row ${seq} is not the one that the head saw`);
    }
  }

  private isSound(row: AuditRowText, seq: number): boolean {
    if (!this.keys.knows(row.keyId)) {
      this.tellUnknownKey(`row ${seq}`, row.keyId, seq);
      return false;
    }
    if (this.isSigned(row)) return true;
    const original = this.originalPlace(row, seq);
    if (original === undefined)
      this.tell('row-changed', seq, seq, `row ${seq} was changed, or written by somebody else`);
    else this.tell('row-moved', seq, seq, `row ${seq} was moved: it was written as row ${original}`);
    return false;
  }

  private isSigned(row: AuditRowText): boolean {
    try {
      return this.keys.verifies(row.keyId, rowBytes(row), row.signature);
    } catch {
      // JSON that nests too deeply to be read was not written by us.
      return false;
    }
  }

  private originalPlace(row: AuditRowText, seq: number): number | undefined {
    if (this.problemCount >= MOST_PROBLEMS || row.details.length > MOST_DETAILS) return undefined;
    for (let distance = 1; distance <= MOVED_WITHIN; distance += 1) {
      const found = [seq - distance, seq + distance].find((place) => this.isSigned({ ...row, seq: String(place) }));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private isSoundCheckpoint(checkpoint: AuditCheckpointText, where: string): boolean {
    this.checkpoints += 1;
    const seq = Number(checkpoint.seq);
    const what = `the checkpoint at row ${seq} (${where})`;
    if (!this.keys.knows(checkpoint.keyId)) this.tellUnknownKey(what, checkpoint.keyId, seq);
    else if (!this.keys.verifies(checkpoint.keyId, checkpointBytes(checkpoint), checkpoint.signature))
      this.tell('checkpoint-changed', seq, seq, `${what} was changed`);
    else return true;
    return false;
  }

  private tellUnknownKey(what: string, keyId: string, seq: number): void {
    const message = `${what} is signed with the key ${keyId}, which is not known here`;
    this.tell('key-unknown', seq, seq, message);
  }

  private tellCut(seq: string, why: string): void {
    this.tellMissing(this.last + 1, Number(seq), `: ${why}`);
    this.lastText = seq;
    this.hash = undefined;
  }

  private tellMissing(from: number, to: number, why: string): void {
    const rows = from === to ? `row ${from} is missing` : `rows ${from} to ${to} are missing`;
    this.tell('rows-missing', from, to, rows + why);
  }

  private tell(kind: AuditProblemKind, from: number, to: number, message: string): void {
    this.problemCount += 1;
    if (this.problems.length < MOST_PROBLEMS) this.problems.push({ kind, from, to, message });
  }
}

const span = (from: number, to: number) => (from === to ? `row ${from} stands` : `rows ${from} to ${to} stand`);

function timeOf(checkpoint: AuditCheckpointText): string {
  const date = new Date(Number(checkpoint.createdAt) / 1000);
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString();
}
