import 'reflect-metadata';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { processEnvironment } from '../core/config/env.js';
import { loadConfig } from '../core/config/load-config.js';
import { Logger } from '../core/logging/logger.js';
import { AuditVault } from '../orchestration/audit/audit-vault.service.js';
import { type AuditVerdict, verifyChain } from '../orchestration/audit/audit-verifier.js';
import { CheckpointFile, type CheckpointFileContent } from '../orchestration/audit/checkpoint-file.adapter.js';
import { AuditChainRepository } from '../storage/audit/audit-chain.repository.js';
import { AuditInboxRepository } from '../storage/audit/audit-inbox.repository.js';
import { connectDatabase } from '../storage/database/database.connection.js';
import { Database } from '../storage/database/database.js';

const USAGE = `npm run audit:verify -- [--checkpoints FILE]…
  Checks the audit chain. FILE holds checkpoints from outside the database; it may be given several times. Without it the
  file of the configuration is used, where there is one. Exit code: 0 whole, 1 broken, 2 could not be checked.
  With the embedded database, stop the server first: it takes one process at a time.
`;

const WHOLE = 0;
const BROKEN = 1;
const NOT_RUN = 2;
const MOST_BACKLOG = 1_000_000;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(NOT_RUN);
}

function readArguments(): string[] | undefined {
  try {
    return parseArgs({ options: { checkpoints: { type: 'string', multiple: true } } }).values.checkpoints;
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
}

/** A file that was named must be there; the configured one may not have been written yet. */
async function checkpointsOf(files: string[] | undefined, vault: AuditVault): Promise<CheckpointFileContent> {
  if (!files) return (await vault.file.read()) ?? { checkpoints: [], problems: [] };
  const lists = await Promise.all(
    files.map(
      async (file) => (await new CheckpointFile(file).read()) ?? fail(`--checkpoints: there is no file ${file}`),
    ),
  );
  return {
    checkpoints: lists.flatMap(({ checkpoints }) => checkpoints).toSorted((a, b) => Number(a.seq) - Number(b.seq)),
    problems: lists.flatMap(({ problems }) => problems),
  };
}

function report(verdict: AuditVerdict, outside: number, waiting: number): void {
  const { rows, start, anchor, checkpoints, problems, problemCount } = verdict;
  const range = rows === 0 ? 'no rows' : `rows ${BigInt(start) + 1n} to ${anchor.seq}`;
  const looked = `${range}, ${checkpoints} checkpoints (${outside} in files)`;
  process.stdout.write(`The audit chain is ${problemCount === 0 ? 'whole' : 'BROKEN'}: ${looked}.\n`);
  for (const { message } of problems) process.stdout.write(`  - ${message}\n`);
  if (problemCount > problems.length) process.stdout.write(`  and ${problemCount - problems.length} more\n`);
  if (waiting > 0) process.stdout.write(`${waiting} events wait in the inbox for their place in the chain.\n`);
}

const files = readArguments();
try {
  const { config } = loadConfig(processEnvironment(), path.resolve(import.meta.dirname, '../../config'));
  const vault = new AuditVault(config.security, config.app, config.observability, config.storage);
  const { checkpoints: exported, problems } = await checkpointsOf(files, vault);
  const connection = await connectDatabase(config.app, config.storage, new Logger('warn'));
  try {
    const database = new Database(connection.dataSource);
    const chain = new AuditChainRepository(database);
    const found = await chain.snapshot((reader) => verifyChain(reader, vault.keys, { exported }));
    const verdict = {
      ...found,
      problems: [...problems, ...found.problems],
      problemCount: problems.length + found.problemCount,
    };
    report(verdict, exported.length, await new AuditInboxRepository(database).backlog(MOST_BACKLOG, vault.keys.ids));
    process.exitCode = verdict.problemCount === 0 ? WHOLE : BROKEN;
  } finally {
    await connection.close();
  }
} catch (error) {
  const isKnown =
    error instanceof Error && /^(Start|Config|EmbeddedDatabase|CheckpointFile|Cozy)Error$/.test(error.name);
  fail(isKnown ? error.message : String((error as Error).stack ?? error));
}
