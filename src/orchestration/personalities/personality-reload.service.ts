import { Injectable } from '@nestjs/common';
import type { Personality } from '../../core/domain/personality.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { SignalRepository } from '../../storage/signals/signal.repository.js';
import { AuditService } from '../audit/audit.service.js';
import { PersonalityService } from './personality.service.js';

/** Reads the personalities again on every instance, and puts on record what came of it. */
@Injectable()
export class PersonalityReloadService {
  constructor(
    private readonly personalities: PersonalityService,
    private readonly signals: SignalRepository,
    private readonly lifecycle: Lifecycle,
    private readonly audit: AuditService,
  ) {
    signals.on('personalities-changed', (sender) => this.follow(sender));
  }

  async reload(): Promise<readonly Personality[]> {
    const all = await this.reloadHere();
    await this.signals.send('personalities-changed', this.lifecycle.instanceId);
    return all;
  }

  /** Another instance was told to reload. */
  private follow(sender: string): void {
    if (sender === this.lifecycle.instanceId) return;
    this.reloadHere().catch((error: unknown) => {
      // It has been logged and recorded; this instance goes on with what it had.
      if (!(error instanceof CozyError)) throw error;
    });
  }

  private async reloadHere(): Promise<readonly Personality[]> {
    try {
      const all = this.personalities.reload();
      const details = { personalities: all.map(({ id }) => id) };
      await this.audit.record({ action: 'personality.reload', outcome: 'success', details });
      return all;
    } catch (error) {
      const details = error instanceof CozyError ? error.details : {};
      await this.audit.record({ action: 'personality.reload', outcome: 'failure', level: 'warning', details });
      throw error;
    }
  }
}
