import { Injectable } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { isUuid, newId } from '../../core/util/ids.js';
import { SignalRepository } from '../../storage/signals/signal.repository.js';
import { VoiceCallsService } from './voice-calls.service.js';

/** A call is stored when it ends; an instance that takes longer to say so is not waited for. */
const ANSWER_WITHIN_MS = 5000;

interface Asked {
  /** How many instances have not answered yet. */
  open: number;
  settle: (isHungUp: boolean) => void;
}

/**
 * Ends a call by its id, on whichever instance it lives: that is asked of all (`call-hang-up`), and each says whether it
 * had that call of that user (`call-hung-up`).
 */
@Injectable()
export class VoiceHangUpService {
  private readonly asked = new Map<string, Asked>();

  constructor(
    private readonly calls: VoiceCallsService,
    private readonly signals: SignalRepository,
    private readonly logger: Logger,
  ) {
    signals.on('call-hang-up', (payload) => void this.answer(payload));
    signals.on('call-hung-up', (payload) => this.note(payload));
  }

  /**
   * Resolves when the call is stored. Throws RESOURCE_NOT_FOUND where the user has no such call, RESOURCE_ELSEWHERE where
   * it lives on an instance that does not answer.
   */
  async hangUp(callId: string, userId: string): Promise<void> {
    const isHere = this.calls.find(callId, userId) !== undefined;
    if (!isHere && isUuid(callId) && (await this.hangUpElsewhere(callId, userId))) return;
    const call = await this.calls.locate(callId, userId);
    await call.session.end('client');
  }

  private async hangUpElsewhere(callId: string, userId: string): Promise<boolean> {
    const open = await this.signals.others();
    if (open === 0) return false;
    const id = newId();
    const answered = new Promise<boolean>((resolve) => this.asked.set(id, { open, settle: resolve }));
    const late = setTimeout(() => this.asked.get(id)?.settle(false), ANSWER_WITHIN_MS);
    try {
      await this.signals.send('call-hang-up', [id, callId, userId, this.signals.instanceId].join(' '));
      return await answered;
    } finally {
      clearTimeout(late);
      this.asked.delete(id);
    }
  }

  private async answer(payload: string): Promise<void> {
    const [id = '', callId = '', userId = '', from = ''] = payload.split(' ');
    if (from === this.signals.instanceId) return;
    try {
      const call = this.calls.find(callId, userId);
      await call?.session.end('client');
      await this.signals.send('call-hung-up', `${id} ${call ? 'yes' : 'no'}`);
    } catch (error) {
      this.logger.warn('A call could not be ended for another instance', { call_id: callId }, error);
    }
  }

  private note(payload: string): void {
    const [id = '', said] = payload.split(' ');
    const asked = this.asked.get(id);
    if (!asked) return;
    asked.open -= 1;
    if (said === 'yes') asked.settle(true);
    else if (asked.open === 0) asked.settle(false);
  }
}
