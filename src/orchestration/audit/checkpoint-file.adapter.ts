import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { AppSection } from '../../core/config/sections/app.section.js';
import type { ObservabilitySection } from '../../core/config/sections/observability.section.js';
import type { StorageSection } from '../../core/config/sections/storage.section.js';
import type { AuditCheckpointText } from '../../storage/audit/audit-chain.repository.js';

/** A line of the file that is no checkpoint. */
export class CheckpointFileError extends Error {
  override readonly name = 'CheckpointFileError';
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

  async append(checkpoint: AuditCheckpointText): Promise<void> {
    await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
    await appendFile(this.file, `${JSON.stringify(exportedForm(checkpoint))}\n`, { mode: 0o600, flush: true });
  }

  /** In the order of the chain; undefined where there is no such file. */
  async read(): Promise<AuditCheckpointText[] | undefined> {
    let text: string;
    try {
      text = await readFile(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const lines = text.split('\n');
    // A crash may have cut the last line short; it had not been flushed, so nobody relied on it.
    const last = lines.pop() ?? '';
    const whole = lines.map((line, index) => this.parse(line, index + 1));
    return [...whole, ...(last === '' ? [] : this.parseCut(last))].toSorted((a, b) => Number(a.seq) - Number(b.seq));
  }

  private parseCut(line: string): AuditCheckpointText[] {
    try {
      return [this.parse(line, 0)];
    } catch {
      return [];
    }
  }

  private parse(line: string, number: number): AuditCheckpointText {
    try {
      const {
        seq,
        hash,
        created_at: createdAt,
        key_id: keyId,
        signature,
      } = JSON.parse(line) as Record<string, unknown>;
      const fields = [seq, hash, createdAt, keyId, signature];
      if (!fields.every((field) => typeof field === 'string') || !/^\d{1,18}$/.test(String(seq)))
        throw new TypeError('a field is missing');
      return { seq, hash, createdAt, keyId, signature } as AuditCheckpointText;
    } catch {
      throw new CheckpointFileError(`${this.file}:${number}: is no checkpoint`);
    }
  }
}
