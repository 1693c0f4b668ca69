import { setTimeout as delay } from 'node:timers/promises';

const STOP_WAIT_MS = 3000;

/** Runs `task` again and again, never two at once; the next run starts `everyMs` after the last one ended. */
export class Periodic {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  /** Milliseconds after which the next run was asked for. */
  private wokenAfter: number | undefined;
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

  /** Has the next run start `delayMs` from now, or from the end of the one that is under way. */
  wake(delayMs: number): void {
    if (this.wokenAfter !== undefined || this.stopped || !this.isStarted) return;
    this.wokenAfter = delayMs;
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
      this.wokenAfter = undefined;
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
    this.schedule(this.wokenAfter ?? this.everyMs);
  }
}
