import { Injectable } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { SignalRepository } from '../../storage/signals/signal.repository.js';

/** Of signals to other processes: a busy server rings no more often than this. */
const LEAST_GAP_MS = 100;

/** Tells the relay that there is something in the outbox, so that it need not wait for its next look. */
@Injectable()
export class OutboxBellService {
  private listener: (() => void) | undefined;
  private resting: NodeJS.Timeout | undefined;
  private rungMeanwhile = false;

  constructor(
    private readonly signals: SignalRepository,
    private readonly logger: Logger,
  ) {}

  /** For the one relay of this process. */
  listen(listener: () => void): void {
    this.listener = listener;
    this.signals.on('outbox-filled', listener);
  }

  /** Costs nothing: a relay in this process is called, those of others are sent a signal that nobody waits for. */
  ring(): void {
    if (this.listener) this.listener();
    else if (this.resting) this.rungMeanwhile = true;
    else this.send();
  }

  private send(): void {
    this.rungMeanwhile = false;
    this.resting = setTimeout(() => {
      this.resting = undefined;
      if (this.rungMeanwhile) this.send();
    }, LEAST_GAP_MS);
    this.resting.unref();
    this.signals.send('outbox-filled', '').catch((error: unknown) => {
      this.logger.warn('The relay was not woken; it looks by itself', {}, error);
    });
  }
}
