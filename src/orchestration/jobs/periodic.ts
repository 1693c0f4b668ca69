import { setTimeout as delay } from 'node:timers/promises';

const STOP_WAIT_MS = 3000;

/** Runs `task` again and again, never two at once; the next run starts `everyMs` after the last one ended. */
export class Periodic {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly task: () => Promise<void>,
    private readonly everyMs: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  start(): void {
    this.schedule();
  }

  /** Waits for a run that is under way, though not for one that hangs on a store that is away. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    if (this.running) await Promise.race([this.running, delay(STOP_WAIT_MS, undefined, { ref: false })]);
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.task()
        .catch(this.onError)
        .then(() => this.schedule());
    }, this.everyMs);
    this.timer.unref();
  }
}
