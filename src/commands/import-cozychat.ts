import 'reflect-metadata';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { processEnvironment } from '../core/config/env.js';
import { loadConfig } from '../core/config/load-config.js';
import { Logger } from '../core/logging/logger.js';
import { redactText } from '../core/logging/redact.js';
import { seal } from '../orchestration/audit/audit-seal.js';
import { AuditVault } from '../orchestration/audit/audit-vault.service.js';
import { CozyChatImport } from '../orchestration/imports/cozychat-import.js';
import { type CozyChatSource, databaseSource, fileSource } from '../orchestration/imports/cozychat-source.js';
import type { ImportReport } from '../orchestration/imports/import-report.js';
import { AuditInboxRepository } from '../storage/audit/audit-inbox.repository.js';
import { connectDatabase } from '../storage/database/database.connection.js';
import { Database } from '../storage/database/database.js';
import { ForeignDatabase } from '../storage/imports/foreign-database.repository.js';
import { ImportRepository } from '../storage/imports/import.repository.js';

const USAGE = `npm run import:cozychat -- --from postgres://… | --file EXPORT.json
  [--dry-run] [--keep-admins] [--report FILE]
  Brings users, sessions and messages of a CozyChat. It may be run again: what is here already stays as it is.
  --dry-run      reads and reports, and stores nothing
  --keep-admins  its admins become admins here; without it they become users
  --report FILE  writes what was left out or changed, with ids and reasons, as JSON
  With the embedded database, stop the server first: it takes one process at a time. See docs/migration.md.
`;

const MOST_FILE_BYTES = 512 * 1024 * 1024;
const PROGRESS_EVERY = 100;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const OPTIONS = {
  from: { type: 'string' },
  file: { type: 'string' },
  report: { type: 'string' },
  'dry-run': { type: 'boolean' },
  'keep-admins': { type: 'boolean' },
} as const;

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
}

function readFile(file: string): string {
  if (statSync(file).size > MOST_FILE_BYTES) fail('--file: larger than 512 MB; use --from');
  return readFileSync(file, 'utf8');
}

async function openSource(from: string | undefined, file: string): Promise<[CozyChatSource, () => Promise<void>]> {
  if (from === undefined) return [fileSource(readFile(file)), () => Promise.resolve()];
  const database = await ForeignDatabase.open({ connectionString: from });
  return [await databaseSource(database), () => database.close()];
}

function tellProgress({ counts }: ImportReport): void {
  if (counts.users.read % PROGRESS_EVERY !== 0) return;
  process.stderr.write(`${counts.users.read} users, ${counts.messages.read} messages read\n`);
}

const values = readArguments();
const { from, file } = values;
if ((from === undefined) === (file === undefined)) fail(USAGE);
const isDryRun = values['dry-run'] === true;

try {
  const { config } = loadConfig(processEnvironment(), path.resolve(import.meta.dirname, '../../config'));
  const { keys } = new AuditVault(config.security, config.app, config.observability, config.storage);
  const [source, closeSource] = await openSource(from, file ?? '');
  const connection = await connectDatabase(config.app, config.storage, new Logger('warn'));
  try {
    const database = new Database(connection.dataSource);
    const options = { keepAdmins: values['keep-admins'] === true, isDryRun, onProgress: tellProgress };
    const report = await new CozyChatImport(source, new ImportRepository(database), options).run();
    if (values.report) writeFileSync(values.report, JSON.stringify(report, null, 2));
    const details = { by: 'command line', counts: report.counts };
    const event = { action: 'admin.import' as const, level: 'warning' as const, outcome: 'success' as const, details };
    // The chain takes it when a server runs.
    if (!isDryRun) {
      await new AuditInboxRepository(database).add([
        seal(keys, { ...event, actorId: null, subject: 'cozychat', requestId: null }),
      ]);
    }
    process.stdout.write(`${isDryRun ? 'Dry run, nothing was stored.\n' : ''}${report.text()}`);
  } finally {
    await connection.close();
    await closeSource();
  }
} catch (error) {
  // Of the addresses of databases neither user nor password.
  fail(redactText(error instanceof Error ? error.message : String(error)));
}
