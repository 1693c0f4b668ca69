import type { Stream } from 'node:stream';
import type { Logger } from '../../../core/logging/logger.js';
import { boundedText } from './bounded-text.js';

const MOST_LINE = 300;
const MOST_LINES_LOGGED = 20;
const SHORTEST_SECRET = 4;

export interface StderrOptions {
  server: string;
  /** What the child was given to keep: never logged. */
  secrets: readonly string[];
  logger: Logger;
}

/**
 * Reads what a child writes to its stderr, so that it never blocks on it. The first lines help to find out why it does
 * not start. Once it has been called, its lines may repeat what people said: from then on they are only counted.
 */
export class ChildStderr {
  private lines = 0;
  private bytes = 0;
  private logged = 0;
  private wasCalled = false;
  private partial = '';

  constructor(private readonly options: StderrOptions) {}

  read(stream: Stream | null): void {
    stream?.on('data', (chunk: Buffer) => this.take(chunk));
    stream?.on('error', () => undefined);
  }

  /** From now on words of people may be among its lines. */
  called(): void {
    this.wasCalled = true;
    this.partial = '';
  }

  /** Tells how much there was. */
  end(): void {
    if (this.bytes === 0) return;
    const { server, logger } = this.options;
    logger.debug('An MCP server wrote to its stderr', { server, lines: this.lines, bytes: this.bytes });
    this.bytes = 0;
    this.lines = 0;
  }

  private take(chunk: Buffer): void {
    this.bytes += chunk.length;
    for (const byte of chunk) if (byte === 0x0a) this.lines++;
    if (this.wasCalled || this.logged >= MOST_LINES_LOGGED) return;
    const lines = boundedText(this.partial + chunk.toString('utf8'), 65_536, '').split('\n');
    this.partial = boundedText(lines.pop() ?? '', MOST_LINE);
    for (const line of lines) this.log(line);
  }

  private log(line: string): void {
    if (line.trim() === '' || this.logged++ >= MOST_LINES_LOGGED) return;
    const { server, logger } = this.options;
    logger.debug('An MCP server says on its stderr', { server, line: boundedText(this.clean(line), MOST_LINE) });
  }

  private clean(line: string): string {
    return this.options.secrets
      .filter((secret) => secret.length >= SHORTEST_SECRET)
      .reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), line);
  }
}
