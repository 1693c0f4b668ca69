import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { processEnvironment } from '../core/config/env.js';
import { loadConfig } from '../core/config/load-config.js';
import { CozyError } from '../core/errors/cozy.error.js';
import { Logger } from '../core/logging/logger.js';
import { newId } from '../core/util/ids.js';
import { seal } from '../orchestration/audit/audit-seal.js';
import { AuditVault } from '../orchestration/audit/audit-vault.service.js';
import { hashPassword } from '../orchestration/auth/password.js';
import { AuditInboxRepository } from '../storage/audit/audit-inbox.repository.js';
import { connectDatabase } from '../storage/database/database.connection.js';
import { Database } from '../storage/database/database.js';
import { UserRepository } from '../storage/users/user.repository.js';

const USAGE = `npm run admin:create -- --username NAME --email ADDRESS
  Makes an admin. The password is read from ADMIN_PASSWORD; without it a random one is made and printed once.
  With the embedded database, stop the server first: it takes one process at a time.
`;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function readArguments(): { username?: string; email?: string } {
  try {
    return parseArgs({ options: { username: { type: 'string' }, email: { type: 'string' } } }).values;
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
}

const { username, email } = readArguments();
if (!username || !email) fail(USAGE);
if (!/^[\p{L}\p{N}_.-]{3,20}$/u.test(username)) fail('--username must be 3 to 20 letters, digits, _ . or -');
if (!/^[^\s@]{1,64}@[^\s@]{1,189}$/.test(email)) fail('--email must be an e-mail address');

try {
  const { config } = loadConfig(processEnvironment(), path.resolve(import.meta.dirname, '../../config'));
  const { keys } = new AuditVault(config.security, config.app, config.observability, config.storage);
  const given = config.security.admin_password;
  const password = given ?? randomBytes(12).toString('base64url');
  const connection = await connectDatabase(config.app, config.storage, new Logger('warn'));
  try {
    const database = new Database(connection.dataSource);
    const users = new UserRepository(database);
    const user = await users.create({
      id: newId(),
      username,
      email,
      passwordHash: await hashPassword(password),
      role: 'admin',
    });
    // The chain takes it when a server runs.
    await new AuditInboxRepository(database).add([
      seal(keys, {
        action: 'admin.create',
        level: 'warning',
        actorId: null,
        subject: user.id,
        requestId: null,
        outcome: 'success',
        details: { by: 'command line' },
      }),
    ]);
    process.stdout.write(`Admin ${user.username} created.${given ? '' : ` Password, shown once: ${password}`}\n`);
  } finally {
    await connection.close();
  }
} catch (error) {
  const known =
    error instanceof CozyError || (error instanceof Error && /^(Start|Config|EmbeddedDatabase)Error$/.test(error.name));
  fail(known ? error.message : String((error as Error).stack ?? error));
}
