import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { SocketAccessService } from '../../orchestration/auth/socket-access.service.js';
import type { Dictation, DictationEvent } from '../../orchestration/speech/dictation.js';
import { DictationService } from '../../orchestration/speech/dictation.service.js';
import { DtoPipe } from '../dto/dto.pipe.js';
import { asCozyError } from '../errors/error-body.js';
import { type Message, WebSocketConnection } from '../http/web-socket-connection.js';
import { WebSockets } from '../http/web-sockets.gateway.js';
import { DictationDto } from './dictation.dto.js';

const LARGEST_MESSAGE = 256 * 1024;
const IDLE_MS = 60_000;
const LONGEST_MS = 3_600_000;

/** WS `/v1/audio/stt/stream`: binary PCM16 in, JSON events out. */
@Injectable()
export class DictationGateway {
  private readonly pipe = new DtoPipe();

  constructor(
    sockets: WebSockets,
    access: SocketAccessService,
    private readonly dictations: DictationService,
  ) {
    sockets.serve({
      path: '/v1/audio/stt/stream',
      scope: 'audio',
      largestMessage: LARGEST_MESSAGE,
      admit: (credential, address) => access.admit(credential, address),
      open: (connection) => this.open(connection),
    });
  }

  private open(connection: WebSocketConnection): void {
    let dictation: Dictation;
    try {
      const query = Object.fromEntries(connection.query);
      dictation = this.start(this.pipe.transform(query, { type: 'query', metatype: DictationDto }) as DictationDto);
    } catch (error) {
      connection.fail(asCozyError(error));
      return;
    }
    const idle = setTimeout(() => connection.close(1000, 'idle'), IDLE_MS);
    const longest = setTimeout(() => connection.close(1000, 'too long'), LONGEST_MS);
    connection.signal.addEventListener('abort', () => {
      clearTimeout(idle);
      clearTimeout(longest);
      dictation.close();
    });
    connection.onMessage((message) => {
      idle.refresh();
      try {
        take(message, dictation, connection);
      } catch (error) {
        connection.sendError(asCozyError(error));
      }
    });
    connection.send({ type: 'ready', sample_rate: 16_000 });
    void tell(dictation, connection);
  }

  private start(dto: DictationDto): Dictation {
    const { model, language, prompt, personality_id: personalityId, turn_detection: detection } = dto;
    const wish = {
      model: model ?? undefined,
      language: language?.split('-')[0],
      prompt: prompt ?? undefined,
      personalityId: personalityId ?? undefined,
    };
    return this.dictations.open(wish, detection !== 'none');
  }
}

function take(message: Message, dictation: Dictation, connection: WebSocketConnection): void {
  if (message.kind === 'binary') return dictation.append(message.bytes);
  switch (wordOf(message.text)) {
    case 'commit':
      return dictation.commit();
    case 'clear':
      return dictation.clear();
    case 'end':
    case 'stop':
      void finish(dictation, connection);
      return;
    default:
      throw new CozyError('VALIDATION_FAILED', {
        message: 'Send sound as binary messages, and {"type": "commit"}, {"type": "clear"} or {"type": "end"} as text.',
        param: 'type',
      });
  }
}

async function finish(dictation: Dictation, connection: WebSocketConnection): Promise<void> {
  await dictation.finish();
  // The events that are waiting leave first.
  setImmediate(() => connection.close(1000, 'finished'));
}

function wordOf(text: string): unknown {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
  } catch {
    throw new CozyError('VALIDATION_MALFORMED_JSON', { message: 'The message is not valid JSON.' });
  }
}

async function tell(dictation: Dictation, connection: WebSocketConnection): Promise<void> {
  for await (const event of dictation.events) {
    if (event.type === 'error') connection.sendError(event.error);
    else connection.send(eventBody(event));
  }
}

function eventBody(event: Exclude<DictationEvent, { type: 'error' }>): object {
  switch (event.type) {
    case 'speech-started':
      return { type: 'speech_started' };
    case 'speech-stopped':
      return { type: 'speech_stopped' };
    case 'partial':
      return event;
    case 'final': {
      const { text, language, durationSeconds } = event.transcript;
      return { type: 'final', index: event.index, text, language, duration: durationSeconds };
    }
  }
}
