import { once } from 'node:events';
import type { Response } from 'express';

/** `no` tells nginx not to hold the stream back. */
export const EVENT_STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache',
  'X-Accel-Buffering': 'no',
};

/**
 * A server-sent event stream being written. What comes in one turn of the event loop leaves in one write, slow readers
 * are waited for, and silent stretches are kept alive.
 */
export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;
  private pending = '';
  private isCounted = false;

  constructor(
    private readonly response: Response,
    ping: string,
    heartbeatMs: number,
    private readonly onOpen: (delta: 1 | -1) => void,
  ) {
    this.heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) this.push(ping);
    }, heartbeatMs);
    response.once('close', () => this.stop());
  }

  get isOpen(): boolean {
    return !this.response.writableEnded && !this.response.destroyed;
  }

  /** From the first byte on, failures travel in the stream. */
  get isStarted(): boolean {
    return this.response.headersSent || this.pending !== '';
  }

  /** Resolves when the reader has room for more, or has gone. */
  async write(text: string): Promise<void> {
    if (!this.isOpen) return;
    this.push(text);
    if (!this.response.writableNeedDrain) return;
    await Promise.race([once(this.response, 'drain'), once(this.response, 'close')]);
  }

  end(text = ''): void {
    this.stop();
    if (!this.isOpen) return;
    this.begin();
    this.response.end(this.pending + text);
    this.pending = '';
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.heartbeat);
    if (this.isCounted) this.onOpen(-1);
    this.isCounted = false;
  }

  private push(text: string): void {
    if (this.pending === '') setImmediate(() => this.flush());
    this.pending += text;
  }

  private flush(): void {
    if (this.pending === '' || !this.isOpen) return;
    this.begin();
    this.heartbeat.refresh();
    this.response.write(this.pending);
    this.pending = '';
  }

  private begin(): void {
    if (this.response.headersSent) return;
    this.isCounted = true;
    this.onOpen(1);
    this.response.status(200).set(EVENT_STREAM_HEADERS);
  }
}
