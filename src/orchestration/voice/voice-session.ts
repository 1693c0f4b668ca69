import { CozyError } from '../../core/errors/cozy.error.js';
import type { Span } from '../../core/tracing/tracer.port.js';
import { within } from '../../core/tracing/tracing.js';
import type { SttOptions } from '../../engines/speech/stt.port.js';
import { Hearing } from './hearing/hearing.js';
import { reduce } from './turns/turn-machine.js';
import type { TurnEffect, TurnEvent, TurnTimer } from './turns/turn-event.js';
import { callStateOf, initialState, type TurnInput, type TurnState, type Utterance } from './turns/turn-state.js';
import { wordsOf } from './turns/turn-utterances.js';
import type { CallEnd, CallState, VoiceEvent, VoiceListener } from './voice-event.js';
import { VoiceOutlet } from './voice-outlet.js';
import type { VoiceSessionSetup } from './voice-session-setup.js';
import { changed, type VoiceChanges, type VoiceSettings } from './voice-settings.js';
import type { VoiceSignal } from './voice-signal.js';
import { VoiceTimers } from './voice-timers.js';
import { VoiceTurns } from './voice-turns.js';
import { beginCall } from './voice-spans.js';

type SignalHandlers = { [Type in VoiceSignal['type']]: (signal: Extract<VoiceSignal, { type: Type }>) => void };
type EffectHandlers = { [Type in TurnEffect['type']]: (effect: Extract<TurnEffect, { type: Type }>) => void };

/**
 * One call. What happens goes to the turn machine as an event, one at a time, and what the machine answers is done at
 * once: no state is read after an await.
 */
export class VoiceSession {
  /** Resolves when everything is let go of and stored. */
  readonly closed: Promise<void>;
  private markClosed: () => void = () => undefined;
  private state: TurnState;
  private settings: VoiceSettings;
  private readonly events: TurnEvent[] = [];
  private isReducing = false;
  private readonly timers: VoiceTimers<TurnTimer>;
  private readonly outlet: VoiceOutlet;
  private readonly hearing: Hearing;
  private readonly turns: VoiceTurns;
  private readonly span: Span;

  constructor(private readonly setup: VoiceSessionSetup) {
    const { settings, limits, listener, clock, speech } = setup;
    this.closed = new Promise((resolve) => (this.markClosed = resolve));
    this.settings = settings;
    this.span = beginCall(setup);
    this.state = initialState({
      respond: settings.respond,
      interruptible: settings.interruptible,
      falseInterruptionMs: limits.false_interruption_ms,
      idleMs: limits.idle_timeout_ms,
      maxCallMs: limits.max_call_ms,
      resumeMs: limits.resume_ms,
    });
    this.outlet = new VoiceOutlet(listener);
    this.timers = new VoiceTimers(clock, (timer) => this.dispatch({ type: 'time-passed', timer }));
    this.hearing = new Hearing({
      speech,
      clock,
      detection: settings.turnDetection,
      maxUtteranceMs: limits.max_utterance_ms,
      dispatch: (event) => this.dispatch(event),
      onFault: (message, error) => this.log(message, error),
    });
    this.turns = new VoiceTurns({
      ...setup,
      callSpan: this.span,
      settings: () => this.settings,
      tell: (event) => this.outlet.tell(event),
      dispatch: (event) => this.dispatch(event),
      onFault: (error) => this.log('A voice turn failed', error),
    });
  }

  get callId(): string {
    return this.setup.callId;
  }

  get sessionId(): string {
    return this.setup.sessionId;
  }

  get callState(): CallState {
    return callStateOf(this.state);
  }

  /** It may still be storing what was said. */
  get hasEnded(): boolean {
    return this.state.ended !== null;
  }

  /** Begins to listen. */
  start(): void {
    this.setup.logger.info('A voice call began', this.ids);
    this.outlet.tell(this.ready);
    this.dispatch({ type: 'call-started' });
    this.hearing.listen(this.setup.sound.audio.heard);
  }

  /** Does what the client asks. What cannot be done is told as an `error`; the call goes on. */
  handle(signal: VoiceSignal): void {
    if (this.hasEnded) return;
    this.obey(signal);
  }

  /** To the client alone: sound, of calls whose sound travels in messages; false where it was dropped. */
  tell(event: VoiceEvent): boolean {
    return this.outlet.tellClient(event);
  }

  /** To everybody in the call. */
  tellAll(event: VoiceEvent): void {
    this.outlet.tell(event);
  }

  /** Somebody else is in the call: they are told where it stands, and what happens in it. Returns how they leave. */
  join(speakerId: string, listener: VoiceListener): () => void {
    const stopTelling = this.outlet.add(listener);
    listener(this.ready);
    return () => {
      stopTelling();
      this.hearing.leave(speakerId);
    };
  }

  /** The client is gone: the companion waits for it, and then ends the call. */
  disconnected(): void {
    this.outlet.detach();
    this.hearing.pause();
    this.dispatch({ type: 'connection-lost' });
  }

  /** The client is back: it is told where the call stands, and what it has missed. */
  reconnected(listener: VoiceListener): void {
    this.outlet.attach(listener, this.ready);
    this.dispatch({ type: 'connection-resumed' });
  }

  /** The server is about to stop: what is being answered is answered, and nothing more. */
  drain(): void {
    this.dispatch({ type: 'server-draining' });
  }

  /** Idempotent. */
  async end(reason: CallEnd): Promise<void> {
    this.dispatch({ type: 'call-ended', reason });
    await this.closed;
  }

  private get ids(): Record<string, string> {
    const { callId, sessionId, principal } = this.setup;
    return { call_id: callId, session_id: sessionId, user_id: principal.userId };
  }

  private get ready(): VoiceEvent {
    const { callId, sessionId, personality } = this.setup;
    return { type: 'call.ready', callId, sessionId, personalityId: personality.id, state: this.callState };
  }

  private commit(speakerId: string | undefined): void {
    if (this.hearing.commit(speakerId)) return;
    const error = new CozyError('VALIDATION_FAILED', { message: 'Nothing was said since the last commit.' });
    this.outlet.tell({ type: 'error', error, turnId: null, utteranceId: null });
  }

  private change(changes: VoiceChanges): void {
    this.settings = changed(this.settings, changes);
    if (changes.turnDetection) this.hearing.change(this.settings.turnDetection);
    const { respond, interruptible } = this.settings;
    this.dispatch({ type: 'rules-changed', respond, interruptible });
  }

  /** One event after the other, also where doing one brings about the next. */
  private dispatch(event: TurnEvent): void {
    this.events.push(event);
    if (this.isReducing) return;
    this.isReducing = true;
    try {
      for (let next = this.events.shift(); next; next = this.events.shift()) {
        const { state, effects } = reduce(this.state, next);
        this.state = state;
        for (const effect of effects) this.do(effect);
      }
    } finally {
      this.isReducing = false;
    }
  }

  private do<Type extends TurnEffect['type']>(effect: Extract<TurnEffect, { type: Type }> & { type: Type }): void {
    this.handlers[effect.type](effect);
  }

  private obey<Type extends VoiceSignal['type']>(signal: Extract<VoiceSignal, { type: Type }> & { type: Type }): void {
    this.signals[signal.type](signal);
  }

  private readonly signals: SignalHandlers = {
    'text.send': ({ text, respond = this.settings.respond, speakerId = null, callId }) => {
      const at = this.setup.clock.now();
      this.dispatch({ type: 'text-sent', text, at, respond, speakerId, ...(callId && { callId }) });
    },
    'audio.commit': ({ speakerId }) => this.commit(speakerId),
    'audio.clear': ({ speakerId }) => this.hearing.clear(speakerId),
    'response.create': ({ type: _type, instructions = null, ...wish }) =>
      this.dispatch({ type: 'response-wanted', instructions, ...wish }),
    'response.cancel': ({ turnId = null, heardMs }) =>
      this.dispatch({ type: 'response-cancelled', turnId, ...(heardMs !== undefined && { heardMs }) }),
    'call.update': ({ settings }) => this.change(settings),
    'call.end': () => this.dispatch({ type: 'call-ended', reason: 'client' }),
  };

  private readonly handlers: EffectHandlers = {
    tell: ({ event }) => this.outlet.tell(event),
    transcribe: ({ utteranceId }) => within(this.span, () => this.hearing.transcribe(utteranceId, this.sttOptions)),
    'drop-utterance': ({ utteranceId }) => this.hearing.drop(utteranceId),
    'begin-turn': (effect) => this.turns.begin(effect),
    'begin-apology': ({ turnId, apology }) => this.turns.apologise(turnId, apology),
    'finish-speech': ({ turnId, apology }) => this.turns.finishSpeech(turnId, apology),
    'stop-turn': ({ turnId, outcome, heardMs }) => this.turns.stop(turnId, outcome, heardMs),
    'end-turn': ({ turnId, outcome }) => this.turns.end(turnId, outcome),
    'pause-sound': () => this.setup.sound.audio.pause(),
    'resume-sound': () => this.setup.sound.audio.resume(),
    'start-timer': ({ timer, milliseconds }) => this.timers.start(timer, milliseconds),
    'cancel-timer': ({ timer }) => this.timers.cancel(timer),
    count: ({ what }) => this.setup.metrics.interruption(what === 'barge-in' ? 'barge_in' : 'false'),
    'end-call': (effect) => void this.close(effect),
  };

  private get sttOptions(): SttOptions {
    const { model } = this.setup.personality.voice.stt;
    const { language } = this.settings;
    return { ...(model !== undefined && { model }), ...(language !== null && { language }) };
  }

  /** Top-down: nothing is heard any more, nothing is said, and what was said is stored. */
  private async close({
    reason,
    turnId,
    inputs,
    utterances,
  }: Extract<TurnEffect, { type: 'end-call' }>): Promise<void> {
    const lastWords = this.hearing.finish();
    try {
      await this.setup.sound.close();
    } catch (error) {
      this.log('The sound of a call could not be closed', error);
    }
    this.setup.onSilent();
    const said = [...inputs, ...saidIn(utterances, await lastWords, this.setup.clock.now())];
    if (said.length > 0) this.turns.keep(turnId, said);
    await this.turns.recorded;
    this.setup.logger.info('A voice call ended', { ...this.ids, reason });
    this.span.set({ 'cozy.voice.end_reason': reason });
    this.span.end();
    this.setup.onClosed(reason);
    this.markClosed();
  }

  private log(message: string, error: unknown): void {
    this.setup.logger.warn(message, this.ids, error);
  }
}

/** What had been said when the call ended, as far as its words were found. */
function saidIn(utterances: readonly Utterance[], words: ReadonlyMap<string, string>, at: number): TurnInput[] {
  return utterances.flatMap(({ id, speakerId, endedAt }) => {
    const text = wordsOf(words.get(id) ?? '');
    return text === '' ? [] : [{ text, speakerId, at: endedAt ?? at, transcribedAt: at }];
  });
}
