import type {
  AuditChainReader,
  AuditCheckpointText,
  AuditHeadText,
} from '../../storage/audit/audit-chain.repository.js';
import { type AuditKeyring, checkpointBytes, NO_HASH, rowHash } from './audit-chain.js';
import { type AuditAnchor, type AuditProblem, AuditWalk } from './audit-walk.js';

const BATCH = 1000;
const BEGINNING: AuditAnchor = { seq: '0', hash: NO_HASH };
/** The largest number that a row can have. */
const NO_END = '9223372036854775807';
const MOST_BEYOND = 100;

const IN_TABLE = 'database';
const IN_FILE = 'file';

export interface VerifyOptions {
  /** Where an earlier check ended; the beginning of the chain where it is not given. */
  from?: AuditAnchor | undefined;
  /** How far an earlier check had come: that row must still be what it was, wherever this check begins. */
  seen?: AuditAnchor | undefined;
  /** Stops after about so many rows; the verdict's `anchor` is where to go on. */
  most?: number;
  /** Checkpoints from outside the database, in the order of the chain. */
  exported?: readonly AuditCheckpointText[];
}

export interface AuditVerdict {
  problems: AuditProblem[];
  /** Of all problems; only the first hundred are listed. */
  problemCount: number;
  rows: number;
  checkpoints: number;
  /** The row before the first that was looked at. */
  start: string;
  anchor: AuditAnchor;
  /** Whether the end of the chain was reached. */
  complete: boolean;
}

interface Placed {
  checkpoint: AuditCheckpointText;
  where: string;
}

/** Checks the chain that `reader` reads, batch by batch: its memory does not grow with the chain. */
export async function verifyChain(
  reader: AuditChainReader,
  keys: AuditKeyring,
  { from, seen, most = Infinity, exported = [] }: VerifyOptions = {},
): Promise<AuditVerdict> {
  const head = await reader.head();
  const base = await baseOf(reader, keys, head);
  const start = await startOf(reader, base, from);
  const walk = new AuditWalk(keys, start);
  const earlier = [...new Set([from, seen])].filter((anchor) => anchor !== undefined);
  const soundHead = walk.head(head);
  if (start !== from) await lookBefore(reader, walk);
  for (const anchor of earlier) await lookAgain(reader, walk, base, anchor);
  const outside = exported.filter(({ seq }) => BigInt(seq) >= BigInt(start.seq));
  await checkpointsAtStart(reader, walk, outside);
  let complete = false;
  while (!complete && walk.rows < most) complete = await walkBatch(reader, walk, outside);
  const { anchor } = walk;
  if (complete) {
    walk.end(soundHead);
    await lookBeyond(reader, walk, { isHeadless: !head, outside, last: anchor.seq });
    for (const { seq } of earlier) walk.seenBefore(seq);
  }
  const { problems, problemCount, rows, checkpoints } = walk;
  return { problems, problemCount, rows, checkpoints, start: start.seq, anchor, complete };
}

/** Where the chain begins: behind what retention removed. */
async function baseOf(
  reader: AuditChainReader,
  keys: AuditKeyring,
  head: AuditHeadText | undefined,
): Promise<AuditAnchor> {
  const sound = new AuditWalk(keys, BEGINNING).head(head);
  return sound ? { seq: sound.baseSeq, hash: sound.baseHash } : guessedBase(reader, keys);
}

/** Where an earlier check ended, if its last row is still what it was; else where the chain begins. */
async function startOf(
  reader: AuditChainReader,
  base: AuditAnchor,
  from: AuditAnchor | undefined,
): Promise<AuditAnchor> {
  if (!from || BigInt(from.seq) <= BigInt(base.seq)) return base;
  if (from.hash === undefined) return from;
  const row = await reader.row(from.seq);
  return row && hashOf(row) === from.hash ? from : base;
}

function hashOf(row: Parameters<typeof rowHash>[0]): string | undefined {
  try {
    return rowHash(row);
  } catch {
    return undefined;
  }
}

/** Without a head to rely on: a sound checkpoint just before the first row, else the very beginning. */
async function guessedBase(reader: AuditChainReader, keys: AuditKeyring): Promise<AuditAnchor> {
  const first = await reader.first();
  const seq = BigInt(first?.seq ?? 1) - 1n;
  const [checkpoint] = await reader.checkpoints(String(seq - 1n), String(seq), 1);
  const isSound = checkpoint && keys.verifies(checkpoint.keyId, checkpointBytes(checkpoint), checkpoint.signature);
  return isSound ? { seq: checkpoint.seq, hash: checkpoint.hash } : BEGINNING;
}

/** Nothing may stand before the beginning. */
async function lookBefore(reader: AuditChainReader, walk: AuditWalk): Promise<void> {
  const first = await reader.first();
  if (first && BigInt(first.seq) <= BigInt(walk.anchor.seq)) walk.beforeStart(first.seq);
}

/** What an earlier check saw, unless retention has removed it. */
async function lookAgain(
  reader: AuditChainReader,
  walk: AuditWalk,
  base: AuditAnchor,
  seen: AuditAnchor,
): Promise<void> {
  if (BigInt(seen.seq) <= BigInt(base.seq)) return;
  const row = await reader.row(seen.seq);
  if (row) walk.rowSeenBefore(row, seen);
}

async function checkpointsAtStart(
  reader: AuditChainReader,
  walk: AuditWalk,
  outside: AuditCheckpointText[],
): Promise<void> {
  const { seq } = walk.anchor;
  if (seq === '0') return;
  const inside = await reader.checkpoints(String(BigInt(seq) - 1n), seq, 1);
  const here = outside.filter((checkpoint) => checkpoint.seq === seq);
  for (const { checkpoint, where } of placed(walk, inside, here)) walk.checkpointHere(checkpoint, where);
}

/** Returns whether that was the end. */
async function walkBatch(reader: AuditChainReader, walk: AuditWalk, outside: AuditCheckpointText[]): Promise<boolean> {
  const before = walk.anchor.seq;
  const rows = await reader.rowsAfter(before, BATCH);
  const last = rows.at(-1);
  if (!last) return true;
  const inside = await reader.checkpoints(before, last.seq, BATCH);
  const between = outside.filter(({ seq }) => BigInt(seq) > BigInt(before) && BigInt(seq) <= BigInt(last.seq));
  const bySeq = new Map<string, Placed[]>();
  for (const one of placed(walk, inside, between)) {
    const { seq } = one.checkpoint;
    bySeq.set(seq, [...(bySeq.get(seq) ?? []), one]);
  }
  for (const row of rows) {
    walk.row(row);
    for (const { checkpoint, where } of bySeq.get(row.seq) ?? []) walk.checkpointHere(checkpoint, where);
    bySeq.delete(row.seq);
  }
  for (const { checkpoint, where } of [...bySeq.values()].flat()) walk.checkpointAlone(checkpoint, where);
  return rows.length < BATCH;
}

/** Checkpoints of both kinds; those that only the file has are told of. */
function placed(walk: AuditWalk, inside: AuditCheckpointText[], outside: AuditCheckpointText[]): Placed[] {
  const known = new Set(inside.map(({ seq }) => seq));
  for (const { seq } of outside) if (!known.has(seq)) walk.checkpointMissing(Number(seq));
  return [
    ...inside.map((checkpoint) => ({ checkpoint, where: IN_TABLE })),
    ...outside.map((checkpoint) => ({ checkpoint, where: IN_FILE })),
  ];
}

/** What is known of rows behind the last one. */
async function lookBeyond(
  reader: AuditChainReader,
  walk: AuditWalk,
  seen: {
    isHeadless: boolean;
    outside: AuditCheckpointText[];
    last: string;
  },
): Promise<void> {
  const inside = await reader.checkpoints(seen.last, NO_END, MOST_BEYOND);
  if (seen.isHeadless && (walk.rows > 0 || inside.length > 0)) walk.headMissing();
  for (const checkpoint of inside) walk.checkpointBeyond(checkpoint, IN_TABLE);
  const outside = seen.outside.filter(({ seq }) => BigInt(seq) > BigInt(seen.last));
  for (const checkpoint of outside) walk.checkpointBeyond(checkpoint, IN_FILE);
}
