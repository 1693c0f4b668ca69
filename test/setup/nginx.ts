import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.js';
import { RUN_PREFIX } from './test-lane.js';
import { ROOT } from './monitoring.js';

const BINARY = 'nginx';
const CONFIG = path.join(ROOT, 'docker/nginx/nginx.conf');

// Debian keeps it where only root looks.
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };

export const nginxInstalled = spawnSync(BINARY, ['-v'], { env, stdio: 'ignore' }).status === 0;

/**
 * `docker/nginx/nginx.conf` itself in front of two instances and one for calls, on a port of this machine and without TLS.
 * Who calls `localhost` by its name gets the one for calls.
 */
export class TestNginx {
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}-nginx-`));
  private child: ChildProcess | undefined;

  private constructor(
    private readonly instances: readonly [number, number],
    private readonly forCalls: number,
    private readonly port: number,
  ) {}

  static async start(instances: readonly [number, number], forCalls = instances[0]): Promise<TestNginx> {
    const nginx = new TestNginx(instances, forCalls, await freePort());
    mkdirSync(path.join(nginx.folder, 'logs'));
    nginx.write();
    execFileSync(BINARY, nginx.options('-t'), { env, stdio: 'pipe' });
    nginx.child = spawn(BINARY, nginx.options('-g', 'daemon off;'), { env, stdio: 'ignore' });
    while (!(await fetch(`${nginx.url}/health/live`).catch(() => undefined)));
    return nginx;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get callsUrl(): string {
    return `http://localhost:${this.port}`;
  }

  /** Sends nothing new to that instance; null sends to both again. What runs already, runs on. */
  takeOut(instance: 0 | 1 | null): void {
    this.write(instance);
    execFileSync(BINARY, this.options('-s', 'reload'), { env, stdio: 'pipe' });
  }

  /** Method, path, status and instance of each request so far. */
  log(): string {
    return readFileSync(path.join(this.folder, 'logs/access.log'), 'utf8');
  }

  async stop(): Promise<void> {
    this.child?.kill('SIGQUIT');
    if (this.child && this.child.exitCode === null) await once(this.child, 'exit');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private options(...more: string[]): string[] {
    return ['-p', this.folder, '-c', path.join(this.folder, 'nginx.conf'), '-e', 'logs/error.log', ...more];
  }

  private write(out: number | null = null): void {
    const address = (at: 0 | 1) => `127.0.0.1:${this.instances[at]}${out === at ? ' down' : ''}`;
    const text = readFileSync(CONFIG, 'utf8')
      .replace(/server \{\s+listen 80;[^}]*\}/, '')
      .replace('listen 443 ssl', `listen 127.0.0.1:${this.port}`)
      .replaceAll(/^ *ssl_.*\n/gm, '')
      .replaceAll('/var/log/nginx/', 'logs/')
      .replaceAll('voice.cozy.example.org', 'localhost')
      .replaceAll('10.0.0.21:3000', `127.0.0.1:${this.forCalls}`)
      .replaceAll('10.0.0.11:3000', address(0))
      .replaceAll('10.0.0.12:3000', address(1));
    writeFileSync(path.join(this.folder, 'nginx.conf'), `pid nginx.pid;\n${text}`);
  }
}
