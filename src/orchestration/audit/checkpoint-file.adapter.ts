import { createHash } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { AppSection } from '../../core/config/sections/app.section.js';
import type { ObservabilitySection } from '../../core/config/sections/observability.section.js';
import type { StorageSection } from '../../core/config/sections/storage.section.js';
import type { AuditCheckpointText } from '../../storage/audit/audit-chain.repository.js';
import type { AuditProblem } from './audit-walk.js';

const NEWLINE = 10;
/** Unreadable lines that are told of one by one. */
const MOST_NAMED = 20;

/** The file is there and cannot be read. */
export class CheckpointFileError extends Error {
  override readonly name = 'CheckpointFileError';
}

export interface CheckpointFileContent {
  /** In the order of the chain. */
  checkpoints: AuditCheckpointText[];
  /** Lines that are no checkpoints. */
  problems: AuditProblem[];
}

/** What a checkpoint is called outside the database: in the log and in the file. */
export const exportedForm = (checkpoint: AuditCheckpointText) => ({
  seq: checkpoint.seq,
  hash: checkpoint.hash,
  created_at: checkpoint.createdAt,
  key_id: checkpoint.keyId,
  signature: checkpoint.signature,
});

function addressDigest(url: string): string {
  const { host, pathname } = new URL(url);
  return createHash('sha256').update(`${host}${pathname}`).digest('hex').slice(0, 8);
}

/** The checkpoints outside the database, one JSON object a line: what a cut chain is held against. */
export class CheckpointFile {
  constructor(readonly file: string) {}

  /** Each database has a file of its own, or one that was tried and left would look like a chain that was cut. */
  static of(app: AppSection, observability: ObservabilitySection, storage: StorageSection): CheckpointFile {
    const name = storage.database_url
      ? `checkpoints-${addressDigest(storage.database_url)}.jsonl`
      : 'checkpoints.jsonl';
    return new CheckpointFile(observability.audit_checkpoint_file ?? path.join(app.data_dir, 'audit', name));
  }

  /** On a line of its own, also where a crash or a full disk has cut the last one short. */
  async append(checkpoint: AuditCheckpointText): Promise<void> {
    await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
    const handle = await open(this.file, 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      const isCut = size > 0 && buffer[0] !== NEWLINE;
      await handle.appendFile(`${isCut ? '\n' : ''}${JSON.stringify(exportedForm(checkpoint))}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Undefined where there is no such file; throws a CheckpointFileError where it cannot be read at all. */
  async read(): Promise<CheckpointFileContent | undefined> {
    let text: string;
    try {
      text = await readFile(this.file, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      throw new CheckpointFileError(`${this.file}: cannot be read (${code})`);
    }
    const lines = text.split('\n').map((line, index) => ({ line, number: index + 1 }));
    // A crash may have cut the last line short; it had not been flushed, so nobody relied on it.
    const last = lines.pop();
    const judged = lines
      .filter(({ line }) => line.trim() !== '')
      .map(({ line, number }) => ({ checkpoint: parse(line), number }));
    const unreadable = judged.filter(({ checkpoint }) => !checkpoint).map(({ number }) => number);
    const checkpoints = [...judged.map(({ checkpoint }) => checkpoint), parse(last?.line ?? '')];
    return {
      checkpoints: checkpoints.filter((one) => one !== undefined).toSorted((a, b) => Number(a.seq) - Number(b.seq)),
      problems: this.problemsOf(unreadable),
    };
  }

  private problemsOf(unreadable: number[]): AuditProblem[] {
    const messages = unreadable.slice(0, MOST_NAMED).map((number) => `${this.file}:${number}: is no checkpoint`);
    const more = unreadable.length - messages.length;
    if (more > 0) messages.push(`${this.file}: ${more} more lines are no checkpoints`);
    return messages.map(fileProblem);
  }
}

/** Something about the file, not about a row. */
export const fileProblem = (message: string): AuditProblem => ({
  kind: 'checkpoint-unreadable',
  from: 0,
  to: 0,
  message,
});

function parse(line: string): AuditCheckpointText | undefined {
  try {
    const { seq, hash, created_at: createdAt, key_id: keyId, signature } = JSON.parse(line) as Record<string, unknown>;
    const fields = [seq, hash, createdAt, keyId, signature];
    const isWhole = fields.every((field) => typeof field === 'string') && /^\d{1,18}$/.test(String(seq));
    return isWhole ? ({ seq, hash, createdAt, keyId, signature } as AuditCheckpointText) : undefined;
  } catch {
    return undefined;
  }
}
