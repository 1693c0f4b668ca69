import { setTimeout as delay } from 'node:timers/promises';

const STOP_WAIT_MS = 3000;

/** Runs `task` again and again, never two at once; the next run starts `everyMs` after the last one ended. */
export class Periodic {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  private woken = false;
  private isStarted = false;

  constructor(
    private readonly task: () => Promise<void>,
    private readonly everyMs: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  start(): void {
    this.isStarted = true;
    this.schedule(this.everyMs);
  }

  /** Has the next run start after `delayMs`, or right after the one that is under way. */
  wake(delayMs: number): void {
    if (this.woken || this.stopped || !this.isStarted) return;
    this.woken = true;
    if (!this.running) this.schedule(delayMs);
  }

  /** Waits for a run that is under way, though not for one that hangs on a store that is away. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    if (this.running) await Promise.race([this.running, delay(STOP_WAIT_MS, undefined, { ref: false })]);
  }

  private schedule(delayMs: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.woken = false;
      this.running = this.run();
    }, delayMs);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    try {
      await this.task();
    } catch (error) {
      this.onError(error);
    }
    this.running = undefined;
    this.schedule(this.woken ? 0 : this.everyMs);
  }
}
