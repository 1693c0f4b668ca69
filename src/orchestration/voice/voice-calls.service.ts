import { Injectable } from '@nestjs/common';
import { VoiceSection } from '../../core/config/sections/voice.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { VoiceMetrics } from '../../core/metrics/voice-metrics.js';
import type { CallEnd } from './voice-event.js';
import type { VoiceCall } from './voice-call.js';

/** A place for a call, before there is one. */
export interface CallPlace {
  callId: string;
  take: (call: VoiceCall) => void;
  /** Idempotent. */
  leave: (reason: CallEnd) => void;
}

interface Entry {
  userId: string;
  call: VoiceCall | null;
}

/** The calls of this instance, by their ids and their owners. */
@Injectable()
export class VoiceCallsService {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly section: VoiceSection,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: VoiceMetrics,
  ) {
    lifecycle.onDrain(() => {
      for (const { call } of this.entries.values()) call?.session.drain();
    });
    // The grace is over: an answer may take longer.
    lifecycle.onEndOfGrace(() => void this.endAll('shutting-down'));
  }

  /** Throws where the user has too many calls, or the server is shutting down. */
  reserve(callId: string, userId: string): CallPlace {
    if (this.lifecycle.draining) throw new CozyError('INTERNAL_SHUTTING_DOWN');
    const open = [...this.entries.values()].filter((entry) => entry.userId === userId).length;
    const most = this.section.max_calls_per_user;
    if (open >= most) {
      throw new CozyError('RATE_LIMIT_EXCEEDED', { message: `You may have ${most} calls at once. End one first.` });
    }
    const entry: Entry = { userId, call: null };
    this.entries.set(callId, entry);
    this.metrics.callBegan();
    return {
      callId,
      take: (call) => {
        entry.call = call;
        if (this.lifecycle.draining) call.session.drain();
      },
      leave: (reason) => {
        if (this.entries.delete(callId)) this.metrics.callEnded(reason);
      },
    };
  }

  /** Another user's call is answered like an unknown one. */
  find(callId: string, userId: string): VoiceCall | undefined {
    const entry = this.entries.get(callId);
    if (entry?.userId !== userId || !entry.call || entry.call.session.hasEnded) return undefined;
    return entry.call;
  }

  /** Resolves when all of them are stored. */
  async endAll(reason: CallEnd): Promise<void> {
    const calls = [...this.entries.values()].flatMap(({ call }) => call ?? []);
    await Promise.all(calls.map(({ session }) => session.end(reason)));
  }
}
