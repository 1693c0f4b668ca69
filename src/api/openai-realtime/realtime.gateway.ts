import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { type CallWish, RealtimeSecretService } from '../../orchestration/auth/realtime-secret.service.js';
import type { SocketAccess } from '../../orchestration/auth/socket-access.service.js';
import type { CallEnd } from '../../orchestration/voice/voice-event.js';
import { asCozyError } from '../errors/error-body.js';
import type { WebSocketConnection } from '../http/web-socket-connection.js';
import { WebSockets } from '../http/web-sockets.gateway.js';
import { callAddress } from './call-address.js';
import { newEventId } from './conversation/server-events.js';
import type { RealtimeSink } from './realtime-call.js';
import { type OpenedCall, RealtimeCalls } from './realtime-calls.js';

/** A minute of sound may come in one event. */
const LARGEST_MESSAGE = 4_194_304;
/** Characters that a client may send before its call has begun. */
const MOST_EARLY = LARGEST_MESSAGE;

/** WS `/v1/realtime`: OpenAI's Realtime protocol, events and sound as JSON. */
@Injectable()
export class RealtimeGateway {
  /** What the secrets say that connections were let in by. */
  private readonly wishes = new WeakMap<SocketAccess, CallWish>();

  constructor(
    sockets: WebSockets,
    secrets: RealtimeSecretService,
    private readonly calls: RealtimeCalls,
  ) {
    sockets.serve({
      path: '/v1/realtime',
      scope: 'realtime',
      largestMessage: LARGEST_MESSAGE,
      protocols: ['realtime'],
      endsItself: true,
      admit: async (credential, address) => {
        const { access, wish } = await secrets.admit(credential, address);
        if (wish) this.wishes.set(access, wish);
        return access;
      },
      open: (connection) => void this.open(connection),
    });
  }

  private async open(connection: WebSocketConnection): Promise<void> {
    connection.errorEvent = errorEvent;
    let opened: OpenedCall | undefined;
    const early: string[] = [];
    let waiting = 0;
    connection.onMessage((message) => {
      const text = message.kind === 'text' ? message.text : message.bytes.toString('utf8');
      if (opened) opened.take(text);
      else if ((waiting += text.length) <= MOST_EARLY) early.push(text);
      else connection.fail(new CozyError('VALIDATION_BODY_TOO_LARGE'));
    });
    try {
      opened = await this.start(connection);
    } catch (error) {
      connection.fail(asCozyError(error));
      return;
    }
    const { end, begin, take } = opened;
    const onClose = () => end(connection.failure?.code.startsWith('AUTH_') ? 'signed-out' : 'client');
    if (connection.signal.aborted) return onClose();
    connection.signal.addEventListener('abort', onClose, { once: true });
    begin();
    for (const text of early.splice(0)) take(text);
  }

  private start(connection: WebSocketConnection): Promise<OpenedCall> {
    const { access, query } = connection;
    const wish = this.wishes.get(access);
    const address = callAddress(wish ?? Object.fromEntries(query));
    const line = { transport: 'socket' as const };
    return this.calls.open(access.principal, address, wish?.['session'], line, sinkOf(connection));
  }
}

function sinkOf(connection: WebSocketConnection): RealtimeSink {
  return {
    send: (text) => connection.sendText(text),
    waitingBytes: () => connection.waitingBytes,
    close: (reason) => connection.close(CLOSE_CODES[reason] ?? 1000, reason),
  };
}

const CLOSE_CODES: Partial<Record<CallEnd, 1001 | 1011>> = { 'shutting-down': 1001, failed: 1011 };

const errorEvent = ({ message, row, code, param }: CozyError): object => ({
  type: 'error',
  event_id: newEventId(),
  error: { type: row.type, code, message, param: param ?? null, event_id: null },
});
