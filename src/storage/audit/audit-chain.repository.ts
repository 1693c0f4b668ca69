import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import {
  type AuditCheckpointText,
  type AuditHeadText,
  type AuditRefusal,
  type AuditRowText,
  CHECKPOINT_COLUMNS,
  HEAD_COLUMNS,
  ROW_COLUMNS,
  SEALED_COLUMNS,
  type SealedEventText,
  timeOf,
  waiting,
} from './audit-rows.js';

export type {
  AuditCheckpointText,
  AuditEventText,
  AuditHeadText,
  AuditRefusal,
  AuditRowText,
  SealedEventText,
} from './audit-rows.js';

/** Moves events from the inbox: those to be chained, and those that stay there, refused. */
export type AuditLink = (
  state: LockedHead,
  events: SealedEventText[],
  /** Those that are in the chain already. */
  twice: ReadonlySet<string>,
) => { rows: AuditRowText[]; head: AuditHeadText; refused: AuditRefusal[] };

/** The head while it is locked, and whether anything stands behind it that it does not know of. */
export interface LockedHead {
  head: AuditHeadText;
  rowsBeyond: boolean;
  checkpointsBeyond: boolean;
}

/** Reads the chain as it was at one moment. */
export interface AuditChainReader {
  head(): Promise<AuditHeadText | undefined>;
  rowsAfter(seq: string, limit: number): Promise<AuditRowText[]>;
  row(seq: string): Promise<AuditRowText | undefined>;
  first(): Promise<AuditRowText | undefined>;
  /** Those with `after < seq <= through`. */
  checkpoints(after: string, through: string, limit: number): Promise<AuditCheckpointText[]>;
}

/** Moves events from the inbox into the chain, and reads it back. What is signed, and how, its callers know. */
@Injectable()
export class AuditChainRepository {
  constructor(private readonly database: Database) {}

  /**
   * Moves the oldest `limit` events behind the head, all or nothing; refused ones are marked and stay. `link` makes the
   * rows and the new head; it is called with the head locked, and what it throws leaves everything as it was.
   */
  async extend(
    limit: number,
    genesis: AuditHeadText,
    knownKeys: readonly string[],
    link: AuditLink,
  ): Promise<{ taken: number; refused: AuditRefusal[] }> {
    return this.database.transaction(async (sql) => {
      const state = await lockHead(sql, genesis);
      const taken = await sql<SealedEventText>(
        `SELECT ${SEALED_COLUMNS} FROM audit_inbox WHERE ${waiting('$2')} ORDER BY audit_inbox.id LIMIT $1`,
        [limit, knownKeys],
      );
      if (taken.length === 0) return { taken: 0, refused: [] };
      const ids = taken.map(({ id }) => id);
      const known = await sql<{ id: string }>('SELECT id::text FROM audit_events WHERE id = ANY($1)', [ids]);
      const { rows, head, refused } = link(state, taken, new Set(known.map(({ id }) => id)));
      await addRows(sql, rows);
      await setHead(sql, head);
      await clear(sql, ids, refused);
      return { taken: taken.length, refused };
    });
  }

  /** `make` is asked with the head locked whether a checkpoint is due, and told of the last one. */
  async checkpoint(
    genesis: AuditHeadText,
    make: (state: LockedHead, last: AuditCheckpointText | undefined) => AuditCheckpointText | undefined,
  ): Promise<AuditCheckpointText | undefined> {
    return this.database.transaction(async (sql) => {
      const state = await lockHead(sql, genesis);
      const [last] = await sql<AuditCheckpointText>(
        `SELECT ${CHECKPOINT_COLUMNS} FROM audit_checkpoints ORDER BY audit_checkpoints.seq DESC LIMIT 1`,
        [],
      );
      const made = make(state, last);
      if (!made) return undefined;
      await sql(
        `INSERT INTO audit_checkpoints (seq, hash, created_at, key_id, signature)
         VALUES ($1, decode($2, 'hex'), ${timeOf('$3')}, $4, decode($5, 'hex'))`,
        [made.seq, made.hash, made.createdAt, made.keyId, made.signature],
      );
      return made;
    });
  }

  /**
   * Removes the rows up to the oldest checkpoint that is older than `days`; every one of them is older still. `rebase`
   * signs the head that the chain then begins at. Undefined where there is nothing to remove.
   */
  async trim(
    days: number,
    genesis: AuditHeadText,
    rebase: (state: LockedHead, checkpoint: AuditCheckpointText) => AuditHeadText,
  ): Promise<AuditCheckpointText | undefined> {
    return this.database.transaction(async (sql) => {
      const state = await lockHead(sql, genesis);
      const [checkpoint] = await sql<AuditCheckpointText>(
        `SELECT ${CHECKPOINT_COLUMNS} FROM audit_checkpoints
         WHERE audit_checkpoints.seq > $1 AND created_at < now() - make_interval(days => $2)
         ORDER BY audit_checkpoints.seq LIMIT 1`,
        [state.head.baseSeq, days],
      );
      if (!checkpoint) return undefined;
      const head = rebase(state, checkpoint);
      // For this transaction alone: outside it the trigger refuses every DELETE.
      await sql(`SELECT set_config('cozy.audit_retention', 'on', true)`, []);
      await sql('DELETE FROM audit_events WHERE seq <= $1', [checkpoint.seq]);
      await setHead(sql, head);
      return checkpoint;
    });
  }

  /** Everything that `run` reads is of one moment. Keep it short on a server that serves. */
  async snapshot<Result>(run: (reader: AuditChainReader) => Promise<Result>): Promise<Result> {
    return this.database.transaction(async (sql) => {
      await sql('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY', []);
      return run(readerOn(sql));
    });
  }
}

function readerOn(sql: Sql): AuditChainReader {
  return {
    head: async () => (await sql<AuditHeadText>(`SELECT ${HEAD_COLUMNS} FROM audit_head`, []))[0],
    rowsAfter: (seq, limit) =>
      sql<AuditRowText>(
        `SELECT ${ROW_COLUMNS} FROM audit_events WHERE audit_events.seq > $1 ORDER BY audit_events.seq LIMIT $2`,
        [seq, limit],
      ),
    row: async (seq) =>
      (await sql<AuditRowText>(`SELECT ${ROW_COLUMNS} FROM audit_events WHERE audit_events.seq = $1`, [seq]))[0],
    first: async () =>
      (await sql<AuditRowText>(`SELECT ${ROW_COLUMNS} FROM audit_events ORDER BY audit_events.seq LIMIT 1`, []))[0],
    checkpoints: (after, through, limit) =>
      sql<AuditCheckpointText>(
        `SELECT ${CHECKPOINT_COLUMNS} FROM audit_checkpoints
         WHERE audit_checkpoints.seq > $1 AND audit_checkpoints.seq <= $2 ORDER BY audit_checkpoints.seq LIMIT $3`,
        [after, through, limit],
      ),
  };
}

async function lockHead(sql: Sql, genesis: AuditHeadText): Promise<LockedHead> {
  const locked = await selectHead(sql);
  if (locked) return locked;
  // Several instances may begin at once: one makes the head, the others wait for it here.
  await sql(
    `INSERT INTO audit_head (singleton, seq, hash, base_seq, base_hash, key_id, signature)
     VALUES (1, $1, decode($2, 'hex'), $3, decode($4, 'hex'), $5, decode($6, 'hex')) ON CONFLICT DO NOTHING`,
    headValues(genesis),
  );
  return (await selectHead(sql)) as LockedHead;
}

/** Rows and checkpoints are looked for with the lock held, or those of the instance before would look like strangers. */
async function selectHead(sql: Sql): Promise<LockedHead | undefined> {
  const [head] = await sql<AuditHeadText>(`SELECT ${HEAD_COLUMNS} FROM audit_head FOR UPDATE`, []);
  if (!head) return undefined;
  const [beyond] = await sql<Omit<LockedHead, 'head'>>(
    `SELECT EXISTS (SELECT 1 FROM audit_events WHERE seq > $1) AS "rowsBeyond",
       EXISTS (SELECT 1 FROM audit_checkpoints WHERE seq > $1) AS "checkpointsBeyond"`,
    [head.seq],
  );
  return { head, ...(beyond as Omit<LockedHead, 'head'>) };
}

async function addRows(sql: Sql, rows: AuditRowText[]): Promise<void> {
  // `details` goes in as the JSON it is, not as a text that holds JSON.
  const entries = rows.map(({ details, ...rest }) => `${JSON.stringify(rest).slice(0, -1)},"details":${details}}`);
  await sql(
    `INSERT INTO audit_events (seq, id, action, level, actor_id, subject, request_id, outcome, details, created_at,
       key_id, previous_hash, signature)
     SELECT seq, id, action, level, "actorId", subject, "requestId", outcome, details, ${timeOf('"createdAt"')},
       "keyId", decode("previousHash", 'hex'), decode(signature, 'hex')
     FROM json_to_recordset($1::json) AS r(seq bigint, id uuid, action text, level text, "actorId" text, subject text,
       "requestId" text, outcome text, details jsonb, "createdAt" text, "keyId" text, "previousHash" text,
       signature text)`,
    [`[${entries.join(',')}]`],
  );
}

async function clear(sql: Sql, taken: string[], refused: AuditRefusal[]): Promise<void> {
  const staying = new Set(refused.map(({ id }) => id));
  await sql('DELETE FROM audit_inbox WHERE id = ANY($1)', [taken.filter((id) => !staying.has(id))]);
  if (refused.length === 0) return;
  await sql(
    `UPDATE audit_inbox SET refused = r.why FROM json_to_recordset($1::json) AS r(id uuid, why text)
     WHERE audit_inbox.id = r.id`,
    [JSON.stringify(refused)],
  );
}

async function setHead(sql: Sql, head: AuditHeadText): Promise<void> {
  await sql(
    `UPDATE audit_head SET seq = $1, hash = decode($2, 'hex'), base_seq = $3, base_hash = decode($4, 'hex'), key_id = $5,
       signature = decode($6, 'hex')`,
    headValues(head),
  );
}

const headValues = (head: AuditHeadText) => [
  head.seq,
  head.hash,
  head.baseSeq,
  head.baseHash,
  head.keyId,
  head.signature,
];
