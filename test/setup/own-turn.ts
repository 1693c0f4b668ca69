import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:net';
import { freePort } from './free-port.js';

export const noTurnServer = spawnSync('turnserver', ['--version']).error !== undefined;
if (noTurnServer) console.warn('Skipping the tests of calls through TURN: no turnserver (apt-get install coturn)');

/** A coturn of a test's own, on this machine alone. */
export class OwnTurn {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    private readonly output: string[],
  ) {}

  static async start(secret: string): Promise<OwnTurn> {
    const port = await freePort();
    const options = ['--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`, '--no-tls'];
    options.push('--no-dtls', '--no-cli', '--no-rfc5780', '--allow-loopback-peers', '--realm=test', '--verbose');
    options.push('--use-auth-secret', `--static-auth-secret=${secret}`, '--log-file=stdout', '--pidfile=/dev/null');
    const child = spawn('turnserver', ['-n', ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
    const output: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(String(chunk)));
    while (!(await answers(port))) await delay(20);
    return new OwnTurn(child, port, output);
  }

  /** What it wrote. */
  get log(): string {
    return this.output.join('');
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
