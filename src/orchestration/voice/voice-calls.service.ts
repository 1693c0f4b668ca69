import { Injectable } from '@nestjs/common';
import { VoiceSection } from '../../core/config/sections/voice.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { VoiceMetrics } from '../../core/metrics/voice-metrics.js';
import type { CallEnd } from './voice-event.js';
import { instanceOf } from './people/call-invitations.js';
import type { VoiceCall } from './voice-call.js';
import { VoicePlacesService } from './voice-places.service.js';

/** A place for a call, before there is one. */
export interface CallPlace {
  callId: string;
  instanceId: string;
  /** How many people the call may hold. */
  mostPeople: number;
  take: (call: VoiceCall) => void;
  /** Another call may take it, though this one is not stored yet. Idempotent. */
  free: () => void;
  /** Idempotent. */
  leave: (reason: CallEnd) => void;
}

interface Entry {
  userId: string;
  call: VoiceCall | null;
}

const noCall = () => new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such call.', param: 'call_id' });

const elsewhere = () =>
  new CozyError('RESOURCE_ELSEWHERE', {
    message: 'The call runs on another instance of this server. Connect again, until you reach that one.',
    param: 'call_id',
    details: { reconnect: true },
  });

/** The calls of this instance, by their ids and their owners. */
@Injectable()
export class VoiceCallsService {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly section: VoiceSection,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: VoiceMetrics,
    private readonly places: VoicePlacesService,
  ) {
    lifecycle.onDrain(() => {
      for (const { call } of this.entries.values()) call?.session.drain();
    });
    // The grace is over: an answer may take longer.
    lifecycle.onEndOfGrace(() => void this.endAll('shutting-down'));
  }

  /** Throws where the user has too many calls, or the server is shutting down. */
  async reserve(callId: string, userId: string): Promise<CallPlace> {
    const { max_calls_per_user: most, max_participants: mostPeople } = this.section;
    if (this.lifecycle.draining) throw new CozyError('INTERNAL_SHUTTING_DOWN');
    if (!(await this.places.take(callId, userId))) {
      throw new CozyError('RATE_LIMIT_EXCEEDED', { message: `You may have ${most} calls at once. End one first.` });
    }
    const entry: Entry = { userId, call: null };
    this.entries.set(callId, entry);
    this.metrics.callBegan();
    return {
      callId,
      instanceId: this.lifecycle.instanceId,
      mostPeople,
      take: (call) => {
        entry.call = call;
        if (this.lifecycle.draining) call.session.drain();
      },
      free: () => this.places.free(callId),
      leave: (reason) => {
        if (!this.entries.delete(callId)) return;
        this.places.free(callId);
        this.metrics.callEnded(reason);
      },
    };
  }

  /** Another user's call is answered like an unknown one. */
  find(callId: string, userId: string): VoiceCall | undefined {
    const entry = this.entries.get(callId);
    if (entry?.userId !== userId || !entry.call || entry.call.session.hasEnded) return undefined;
    return entry.call;
  }

  /** As `find`. Throws RESOURCE_NOT_FOUND, or RESOURCE_ELSEWHERE where the call runs on another instance. */
  async locate(callId: string, userId: string): Promise<VoiceCall> {
    const call = this.find(callId, userId);
    if (call) return call;
    throw (await this.places.isElsewhere(callId, userId)) ? elsewhere() : noCall();
  }

  /** Whether this user may join it is the call's to say. Throws as `locate`. */
  async findToJoin(callId: string, userId: string, invitation: string | undefined): Promise<VoiceCall> {
    const call = this.entries.get(callId)?.call;
    if (call && !call.session.hasEnded) return call;
    const inviter = invitation === undefined ? undefined : instanceOf(invitation);
    if (inviter !== undefined && inviter !== this.lifecycle.instanceId) throw elsewhere();
    return this.locate(callId, userId);
  }

  /** Resolves when all of them are stored. */
  async endAll(reason: CallEnd): Promise<void> {
    const calls = [...this.entries.values()].flatMap(({ call }) => call ?? []);
    await Promise.all(calls.map(({ session }) => session.end(reason)));
  }
}
