import { Injectable } from '@nestjs/common';
import { SignalRepository } from '../../storage/signals/signal.repository.js';

export interface SessionChange {
  userId: string;
  sessionId: string;
}

/** Tells of sessions that were renamed or deleted, on whatever instance. */
@Injectable()
export class SessionChangesService {
  constructor(private readonly signals: SignalRepository) {}

  on(listener: (change: SessionChange) => void): void {
    this.signals.on('session-changed', (payload) => {
      const [userId = '', sessionId = ''] = payload.split(' ');
      listener({ userId, sessionId });
    });
  }
}
