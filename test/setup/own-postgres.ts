import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.js';
import { RUN_PREFIX } from './test-lane.js';

const DEBIAN = '/usr/lib/postgresql';

/** How Postgres is told to end: `fast` breaks connections off, `immediate` is as if it had been killed. */
export type PostgresStop = 'fast' | 'immediate';

/** A Postgres server of a test's own, to be stopped and started again with what it held. */
export class OwnPostgres {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<OwnPostgres> {
    const folder = mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}-postgres-`));
    const { uid, gid } = account();
    if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
    const postgres = new OwnPostgres(folder, await freePort());
    await run('initdb', ['--pgdata', postgres.data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8']);
    await postgres.start();
    return postgres;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  start(): Promise<void> {
    const options = `-p ${this.port} -h 127.0.0.1 -k ${this.folder}`;
    return this.control('start', ['--options', options, '--log', path.join(this.folder, 'log')]);
  }

  stop(how: PostgresStop): Promise<void> {
    return this.control('stop', ['--mode', how]);
  }

  /** The server that is up afterwards has the options it was started with. */
  restart(how: PostgresStop): Promise<void> {
    return this.control('restart', ['--mode', how, '--log', path.join(this.folder, 'log')]);
  }

  async remove(): Promise<void> {
    await this.stop('immediate');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get data(): string {
    return path.join(this.folder, 'data');
  }

  private control(command: string, options: string[]): Promise<void> {
    return run('pg_ctl', [command, '--wait', '--silent', '--pgdata', this.data, ...options]);
  }
}

/** Postgres refuses to run as root: then it runs as the user that its package made. */
function account(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** From PG_BIN, the newest of Debian's folders, or the PATH. */
function binary(name: string): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((one, other) => Number(other) - Number(one)) : [];
  const folders = [process.env['PG_BIN'] ?? '', ...versions.map((version) => path.join(DEBIAN, version, 'bin'))];
  return folders.map((folder) => path.join(folder, name)).find((file) => file !== name && existsSync(file)) ?? name;
}

/** What it says goes nowhere: a server that inherited a pipe would keep it open. */
async function run(name: string, options: string[]): Promise<void> {
  const child = spawn(binary(name), options, { ...account(), cwd: os.tmpdir(), stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${name} ${options[0]} ended with ${code}`);
}
