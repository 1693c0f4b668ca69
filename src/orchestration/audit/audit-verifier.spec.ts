import { describe, expect, it } from 'vitest';
import type {
  AuditChainReader,
  AuditCheckpointText,
  AuditHeadText,
  AuditRowText,
} from '../../storage/audit/audit-chain.repository.js';
import { AuditKeyring, genesisOf, link, signCheckpoint, signHead } from './audit-chain.js';
import { verifyChain } from './audit-verifier.js';

const keys = new AuditKeyring('the key of these tests, long enough');

interface Chain {
  rows: AuditRowText[];
  head: AuditHeadText | undefined;
  checkpoints: AuditCheckpointText[];
}

function chainOf(count: number): Chain & { head: AuditHeadText } {
  const events = Array.from({ length: count }, (_, index) => ({
    id: `0190c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
    action: 'tool.call',
    level: 'info',
    actorId: null,
    subject: null,
    requestId: null,
    outcome: 'success',
    details: '{}',
    createdAt: '1763800000000000',
  }));
  return { ...link(keys, genesisOf(keys), events), checkpoints: [] };
}

function readerOf({ rows, head, checkpoints }: Chain): AuditChainReader & { batches: number } {
  const ordered = rows.toSorted((a, b) => Number(a.seq) - Number(b.seq));
  const reader = {
    batches: 0,
    head: () => Promise.resolve(head),
    rowsAfter: (seq: string, limit: number) => {
      reader.batches += 1;
      return Promise.resolve(ordered.filter((row) => Number(row.seq) > Number(seq)).slice(0, limit));
    },
    row: (seq: string) => Promise.resolve(ordered.find((row) => row.seq === seq)),
    first: () => Promise.resolve(ordered[0]),
    checkpoints: (after: string, through: string, limit: number) => {
      const between = checkpoints.filter(({ seq }) => Number(seq) > Number(after) && Number(seq) <= Number(through));
      return Promise.resolve(between.slice(0, limit));
    },
  };
  return reader;
}

const problemsOf = async (chain: Chain) =>
  (await verifyChain(readerOf(chain), keys)).problems.map(({ message }) => message);

describe('verifyChain', () => {
  it('finds nothing in a new database', async () => {
    const verdict = await verifyChain(readerOf({ rows: [], head: undefined, checkpoints: [] }), keys);
    expect(verdict).toMatchObject({ problemCount: 0, rows: 0, complete: true });
  });

  it('reads a long chain in batches, and only as much as it is told to', async () => {
    const chain = chainOf(2500);
    const reader = readerOf(chain);
    expect(await verifyChain(reader, keys)).toMatchObject({ problemCount: 0, rows: 2500, complete: true });
    expect(reader.batches).toBe(3);
    const part = await verifyChain(reader, keys, { most: 1000 });
    expect(part).toMatchObject({ rows: 1000, complete: false, anchor: { seq: '1000' } });
    const rest = await verifyChain(reader, keys, { from: part.anchor });
    expect(rest).toMatchObject({ problemCount: 0, rows: 1500, complete: true, start: '1000' });
  });

  it('tells at most a hundred problems, and how many there are', async () => {
    const chain = chainOf(300);
    const rows = chain.rows.map((row) => ({ ...row, action: 'x' }));
    const verdict = await verifyChain(readerOf({ ...chain, rows }), keys);
    expect(verdict.problems).toHaveLength(100);
    expect(verdict.problemCount).toBe(300);
  });

  it('goes on behind a row that fails: the next is judged by itself', async () => {
    const chain = chainOf(10);
    const rows = chain.rows
      .filter(({ seq }) => seq !== '7')
      .map((row) => (row.seq === '3' ? { ...row, level: 'x' } : row));
    expect(await problemsOf({ ...chain, rows })).toEqual([
      'row 3 was changed, or written by somebody else',
      'row 7 is missing',
    ]);
  });

  it('notices two sound chains put together', async () => {
    const chain = chainOf(10);
    const fork = link(
      keys,
      genesisOf(keys),
      chainOf(10).rows.map((row) => ({ ...row, subject: 'fork' })),
    );
    const rows = [...chain.rows.slice(0, 5), ...fork.rows.slice(5)];
    expect(await problemsOf({ rows, head: fork.head, checkpoints: [] })).toEqual([
      'row 6 does not follow row 5: one of them was replaced',
    ]);
  });

  it('a replaced row where an earlier check had ended is told of, though all that stands there now is whole', async () => {
    const seen = chainOf(10);
    const { anchor } = await verifyChain(readerOf(seen), keys);
    const events = chainOf(12).rows.map((row, index) => (index < 5 ? row : { ...row, subject: 'honest, and later' }));
    const again = { ...link(keys, genesisOf(keys), events), checkpoints: [] };
    const found = await verifyChain(readerOf(again), keys, { from: anchor });
    expect(found.problems).toEqual([
      { kind: 'row-replaced', from: 10, to: 10, message: 'row 10 is not the one that an earlier check saw' },
    ]);
    expect(await problemsOf(again)).toEqual([]);
  });

  it('a full check too is held against what an earlier one saw', async () => {
    const seen = (await verifyChain(readerOf(chainOf(10)), keys)).anchor;
    const full = async (chain: Chain) => (await verifyChain(readerOf(chain), keys, { seen })).problems;
    expect(await full(chainOf(12))).toEqual([]);
    expect(await full(chainOf(5))).toMatchObject([
      { message: 'rows 6 to 10 are missing: an earlier check saw row 10' },
    ]);
  });

  it('a changed row where an earlier check had ended is told of once', async () => {
    const chain = chainOf(10);
    const { anchor } = await verifyChain(readerOf(chain), keys);
    const rows = chain.rows.map((row) => (row.seq === '10' ? { ...row, level: 'x' } : row));
    const { problems } = await verifyChain(readerOf({ ...chain, rows }), keys, { from: anchor });
    expect(problems.map(({ message }) => message)).toEqual(['row 10 was changed, or written by somebody else']);
  });

  it('notices a row that is there twice, which no primary key stops any more', async () => {
    const chain = chainOf(5);
    const rows = [...chain.rows, chain.rows[2] as AuditRowText];
    expect(await problemsOf({ ...chain, rows })).toEqual(['row 3 is there twice']);
  });

  it('notices a sound head that saw another last row', async () => {
    const chain = chainOf(5);
    const head = signHead(keys, { ...chain.head, hash: 'ab'.repeat(32) });
    expect(await problemsOf({ ...chain, head })).toEqual(['row 5 is not the one that the head saw']);
  });

  it('begins behind what retention removed, as the head and its checkpoint say', async () => {
    const chain = chainOf(10);
    const at = signHead(keys, { ...chain.head, seq: '4', hash: chain.rows[4]?.previousHash ?? '' });
    const checkpoints = [signCheckpoint(keys, at, new Date(0))];
    const head = signHead(keys, { ...chain.head, baseSeq: at.seq, baseHash: at.hash });
    const rows = chain.rows.slice(4);
    expect(await problemsOf({ rows, head, checkpoints })).toEqual([]);
    expect(await problemsOf({ rows, head: chain.head, checkpoints })).toEqual(['rows 1 to 4 are missing']);
    expect(await problemsOf({ rows: rows.slice(1), head, checkpoints })).toEqual(['row 5 is missing']);
    // Without a head the checkpoint still says where the chain begins.
    expect(await problemsOf({ rows, head: undefined, checkpoints })).toEqual([
      'the head is missing, though there are rows or checkpoints',
    ]);
  });

  it('takes details that nest too deeply to be read for changed', async () => {
    const chain = chainOf(3);
    const details = '['.repeat(200_000) + ']'.repeat(200_000);
    const rows = chain.rows.map((row) => (row.seq === '2' ? { ...row, details } : row));
    expect(await problemsOf({ ...chain, rows })).toEqual(['row 2 was changed, or written by somebody else']);
  });
});
