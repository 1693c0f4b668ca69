import { CozyError } from '../../core/errors/cozy.error.js';
import type { TokenBucket } from '../../core/util/token-bucket.js';
import type { VoiceCall } from '../../orchestration/voice/voice-call.js';
import type { CallEnd, VoiceEvent } from '../../orchestration/voice/voice-event.js';
import type { VoiceSignal } from '../../orchestration/voice/voice-signal.js';
import { Conversation } from './conversation/conversation.js';
import { ResponseWriter } from './conversation/response-writer.js';
import { newEventId, type ServerEvent } from './conversation/server-events.js';
import { StoredItems } from './conversation/stored-items.js';
import { UserSpeech } from './conversation/user-speech.js';
import { formatBody, HeardSound, SpokenSound } from './session/audio-format.js';
import { sessionBody, type SessionNames } from './session/session-body.js';
import { type SessionState, voiceChanges } from './session/session-state.js';

/** Where the events of a call go. */
export interface RealtimeSink {
  send(text: string): void;
  /** Bytes that wait for the client. */
  waitingBytes(): number;
  close(reason: CallEnd): void;
}

/** How the next answer differs from the session; it was asked for by `response.create`. */
export interface NextResponse {
  spoken?: boolean;
  maxTokens?: number | null;
  metadata?: Record<string, string>;
}

export interface RealtimeCallSetup {
  call: VoiceCall;
  sink: RealtimeSink;
  session: SessionState;
  names: SessionNames;
  /** Of the personality: they come before the client's. */
  ownInstructions: string | null;
  /** How many events the client may still send. */
  events: { bucket: TokenBucket; limit: number };
}

type Handlers = { [Type in VoiceEvent['type']]?: (event: Extract<VoiceEvent, { type: Type }>) => void };

/** Sound that waits for a client: about five seconds of it. A client that is further behind loses what comes. */
const MOST_WAITING_BYTES = 320_000;

/** One call as its OpenAI client sees it: what happens in it, told as OpenAI does. What the client says is in `ClientCommands`. */
export class RealtimeCall {
  readonly conversation: Conversation;
  readonly speech: UserSpeech;
  readonly stored = new StoredItems();
  /** Calls of the client's functions that wait for their results. */
  readonly openCalls = new Set<string>();
  /** System messages of the client: they hold for all answers that follow. */
  readonly systemTexts: string[] = [];
  next: NextResponse = {};
  /** The client's name of the event that is being done. */
  causedBy: string | null = null;
  hadError = false;
  private writer: ResponseWriter | null = null;
  private lastResponseId = '';
  private heard: HeardSound;
  private spoken: SpokenSound;
  private silence: NodeJS.Timeout | undefined;

  private session: SessionState;

  constructor(private readonly setup: RealtimeCallSetup) {
    const { session } = setup;
    this.session = session;
    const send = (event: ServerEvent) => this.send(event);
    this.heard = new HeardSound(session.inputFormat);
    this.spoken = new SpokenSound(session.outputFormat);
    this.conversation = new Conversation(send);
    this.speech = new UserSpeech({
      conversation: this.conversation,
      send,
      tellsSpeech: () => this.session.detection !== null,
      tellsWords: () => this.session.transcription !== null,
      onWords: (id, text) => this.stored.said({ id, role: 'user', text }),
    });
  }

  get state(): SessionState {
    return this.session;
  }

  get conversationId(): string {
    return `conv_${this.setup.call.sessionId}`;
  }

  get line(): VoiceCall['line'] {
    return this.setup.call.line;
  }

  get response(): ResponseWriter | null {
    return this.writer;
  }

  begin(): void {
    this.send({ type: 'session.created', session: sessionBody(this.session, this.setup.names) });
    const conversation = { id: this.conversationId, object: 'realtime.conversation' as const };
    this.send({ type: 'conversation.created', conversation });
    this.apply();
  }

  update(session: SessionState): void {
    this.session = session;
    if (this.heard.format !== session.inputFormat) this.heard = new HeardSound(session.inputFormat);
    if (this.spoken.format !== session.outputFormat) this.spoken = new SpokenSound(session.outputFormat);
    this.apply();
    this.send({ type: 'session.updated', session: sessionBody(session, this.setup.names) });
  }

  /** The call goes by what the client has said so far. */
  apply(): void {
    const settings = voiceChanges(this.session, this.setup.ownInstructions, this.systemTexts);
    this.signal({ type: 'call.update', settings });
  }

  signal(signal: VoiceSignal): void {
    this.setup.call.session.handle(signal);
  }

  /** Throws VALIDATION_FAILED for what is no sound, and where sound comes another way. */
  append(bytes: Buffer): void {
    const { append } = this.setup.call.line;
    if (!append) {
      throw new CozyError('RESOURCE_CONFLICT', { message: 'The sound of this call travels over WebRTC.' });
    }
    append(this.heard.take(bytes));
  }

  /** Stops the answer that runs; `heardMs` is what the client has played of it, where it knows. */
  stop(heardMs?: number): void {
    if (this.writer) this.signal({ type: 'response.cancel', turnId: this.writer.turnId, heardMs });
  }

  /** Nothing is being played, or no longer. */
  cleared(): void {
    this.send({ type: 'output_audio_buffer.cleared', response_id: this.lastResponseId });
  }

  send(event: ServerEvent): boolean {
    if (event.type === 'response.output_audio.delta' && this.setup.sink.waitingBytes() > MOST_WAITING_BYTES)
      return false;
    this.setup.sink.send(JSON.stringify({ event_id: newEventId(), ...event }));
    return true;
  }

  sendError({ message, row, code, param }: CozyError): void {
    this.hadError = true;
    const error = { type: row.type, code, message, param: param ?? null, event_id: this.causedBy };
    this.send({ type: 'error', error });
  }

  /** Takes what the call tells. */
  readonly hear = (event: VoiceEvent): boolean => {
    if (event.type === 'response.audio') return this.writer?.sound(this.spoken.give(event.samples)) ?? false;
    this.tell(event);
    return true;
  };

  end(reason: CallEnd): void {
    clearTimeout(this.silence);
    void this.setup.call.session.end(reason);
  }

  private tell<Type extends VoiceEvent['type']>(event: Extract<VoiceEvent, { type: Type }> & { type: Type }): void {
    this.handlers[event.type]?.(event);
  }

  private readonly handlers: Handlers = {
    'speech.started': (event) => {
      clearTimeout(this.silence);
      this.speech.started(event);
    },
    'speech.stopped': (event) => this.speech.stopped(event),
    'transcript.partial': (event) => this.speech.partial(event),
    'transcript.final': (event) => this.speech.final(event),
    'response.started': ({ turnId }) => this.beginResponse(turnId),
    'response.text-delta': ({ text }) => this.writer?.text(text),
    'response.call': ({ type: _type, turnId: _turnId, ...piece }) => this.writer?.call(piece),
    'response.calls-done': () => this.writer?.endCalls().forEach((id) => this.openCalls.add(id)),
    'response.done': (event) => {
      this.writer?.finish(event);
      this.stored.end(event.storedTurn, this.writer?.messageId ?? null);
      this.writer = null;
      if (event.outcome === 'completed') this.waitInSilence();
    },
    'call.state': ({ state }) => {
      if (state === 'speaking') this.writer?.play();
    },
    'call.ended': ({ reason }) => {
      clearTimeout(this.silence);
      this.setup.sink.close(reason);
    },
    error: ({ error, utteranceId }) => {
      if (utteranceId !== null && this.speech.failed(utteranceId, error)) return;
      this.writer?.fail(error);
      this.sendError(error);
    },
  };

  private beginResponse(turnId: string): void {
    clearTimeout(this.silence);
    this.stored.begin();
    const { spoken = this.session.spoken, maxTokens = this.session.maxTokens, metadata = null } = this.next;
    this.next = {};
    const { voice, outputFormat } = this.session;
    const audio = { output: { format: formatBody(outputFormat), ...(voice !== null && { voice }) } };
    const frame = { conversationId: this.conversationId, spoken, maxTokens, audio, metadata };
    this.writer = new ResponseWriter(turnId, frame, this.conversation, (event) => this.send(event));
    this.lastResponseId = this.writer.id;
    const { bucket, limit } = this.setup.events;
    const remaining = bucket.left(Date.now());
    const resets = Math.max(0, (limit - remaining) / bucket.perSecond);
    const rate = { name: 'requests' as const, limit, remaining, reset_seconds: resets };
    this.send({ type: 'rate_limits.updated', rate_limits: [rate] });
  }

  /** Where the client wants it, the companion breaks a long silence itself. */
  private waitInSilence(): void {
    const idleMs = this.session.detection?.idleMs ?? null;
    clearTimeout(this.silence);
    if (idleMs === null || this.speech.isOngoing) return;
    this.silence = setTimeout(() => {
      this.speech.silent(idleMs);
      this.signal({ type: 'response.create', unasked: true });
    }, idleMs);
    this.silence.unref();
  }
}
