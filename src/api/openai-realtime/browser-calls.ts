import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { RealtimeSecretService } from '../../orchestration/auth/realtime-secret.service.js';
import { VoiceCallService } from '../../orchestration/voice/voice-call.service.js';
import type { CallLine } from '../../orchestration/voice/voice-transport.service.js';
import { requireScope } from '../realtime/socket-door.middleware.js';
import { callAddress } from './call-address.js';
import { watchCall } from './call-watch.js';
import type { RealtimeSink } from './realtime-call.js';
import { RealtimeCalls } from './realtime-calls.js';

type Channel = NonNullable<NonNullable<CallLine['answer']>['channel']>;

export interface BrowserOffer {
  credential: string;
  /** Of the client. */
  address: string;
  sdp: string;
  /** Whom it is for and what it is to be like, where the credential does not say so. */
  query: Record<string, unknown>;
  session: Record<string, unknown> | undefined;
}

export interface AnsweredOffer {
  callId: string;
  sdp: string;
}

/** What a data channel takes in one message, and our part of it: one that is longer is left out. */
const MOST_EARLY = 500;

/** Calls that browsers offer in SDP, as OpenAI's own clients do: events travel over the data channel. */
@Injectable()
export class BrowserCalls {
  /** Of all calls that were begun here and are not yet stored. */
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly secrets: RealtimeSecretService,
    private readonly voice: VoiceCallService,
    private readonly calls: RealtimeCalls,
    lifecycle: Lifecycle,
  ) {
    lifecycle.holdFor(() => Promise.all(this.running));
  }

  /** Throws an AUTH_* error, VALIDATION_FAILED for the offer or the session, ENGINE_UNAVAILABLE, RATE_LIMIT_EXCEEDED. */
  async answer({ credential, address: from, sdp, query, session }: BrowserOffer): Promise<AnsweredOffer> {
    // Before a secret is used up by what can never be answered.
    this.voice.checkOffer(sdp);
    const { access, wish } = await this.secrets.admit(credential, from);
    requireScope(access.principal, ['realtime']);
    const model = query['model'] ?? session?.['model'];
    const address = callAddress(wish ?? { ...query, model });
    const sink = new ChannelSink();
    const line = { transport: 'webrtc' as const, offer: sdp };
    const opened = await this.calls.open(access.principal, address, wish ? wish['session'] : session, line, sink);
    const { call, begin, take, end, refuse } = opened;
    const { answer } = call.line;
    if (!answer) throw new CozyError('INTERNAL_ERROR');
    const stopWatching = watchCall(access, (error) => {
      refuse(error);
      end('signed-out');
    });
    const { closed } = call.session;
    this.running.add(closed);
    void closed.finally(() => {
      this.running.delete(closed);
      stopWatching();
    });
    answer.channel?.onText(take);
    answer.channel?.onOpen(() => {
      if (answer.channel) sink.connect(answer.channel, begin);
    });
    return { callId: call.callId, sdp: answer.sdp };
  }
}

/** Keeps what is told before the channel is open. */
class ChannelSink implements RealtimeSink {
  private channel: Channel | null = null;
  private early: string[] = [];

  connect(channel: Channel, begin: () => void): void {
    const early = this.early.splice(0);
    this.channel = channel;
    begin();
    for (const text of early) channel.send(text);
  }

  send(text: string): void {
    if (this.channel) this.channel.send(text);
    else if (this.early.length < MOST_EARLY) this.early.push(text);
  }

  waitingBytes(): number {
    return this.channel?.waitingBytes ?? 0;
  }

  /** The connection is closed with its call. */
  close(): void {
    this.early = [];
  }
}
