import type { ChatMessage } from '../../core/domain/chat.js';
import type { Span } from '../../core/tracing/tracer.port.js';
import { within } from '../../core/tracing/tracing.js';
import { newId } from '../../core/util/ids.js';
import { apologyText } from './apologies.js';
import type { Voice } from './speaking/speech-pipeline.js';
import type { Apology, TurnEffect, TurnEvent } from './turns/turn-event.js';
import type { ResponseWish, TurnInput } from './turns/turn-state.js';
import { TurnTimings } from './turns/turn-timings.js';
import type { VoiceEvent, VoiceTurnOutcome } from './voice-event.js';
import type { VoiceSessionSetup } from './voice-session-setup.js';
import { changed, type VoiceSettings } from './voice-settings.js';
import { beginVoiceTurn, endVoiceTurn } from './voice-spans.js';
import { type VoiceCommand, VoiceTurn } from './voice-turn.js';

export interface VoiceTurnsSetup extends Omit<
  VoiceSessionSetup,
  'settings' | 'listener' | 'onSilent' | 'onClosed' | 'limits'
> {
  callSpan: Span;
  settings: () => VoiceSettings;
  tell: (event: VoiceEvent) => void;
  dispatch: (event: TurnEvent) => void;
  onFault: (error: unknown) => void;
}

interface RunningTurn {
  turn: VoiceTurn;
  timings: TurnTimings;
  span: Span;
}

type BeginTurn = Extract<TurnEffect, { type: 'begin-turn' }>;

/** The model takes all for the user's own words otherwise. */
const WITH_GUESTS =
  'Several people are in this call. What somebody else than the user says begins with their name and a colon; it is not ' +
  'about the user, so remember none of it as theirs.';

/** Longer than this no turn waits for the storing of the one before. */
const MOST_WAIT_MS = 5000;

/** Carries out what the turn machine decides about the turns of one call, one at a time. */
export class VoiceTurns {
  /** Resolves when all turns so far are stored. */
  recorded: Promise<void> = Promise.resolve();
  private current: RunningTurn | null = null;
  private lastSaid = '';

  constructor(private readonly setup: VoiceTurnsSetup) {}

  begin({ turnId, inputs, ...wish }: BeginTurn): void {
    const last = inputs.at(-1);
    this.lastSaid = last?.text ?? this.lastSaid;
    const settings = changed(this.setup.settings(), wish.settings ?? {});
    const { turn, span } = this.open(turnId, last, settings);
    const before = this.recorded;
    within(span, () => turn.begin(this.command(inputs, settings, wish), this.bounded(before)));
    this.recorded = Promise.all([before, turn.recorded]).then(() => undefined);
  }

  /** Stores what was said and is not answered any more. */
  keep(turnId: string, inputs: readonly TurnInput[]): void {
    this.begin({ type: 'begin-turn', turnId, inputs, instructions: null });
    const running = this.running(turnId);
    this.current = null;
    if (!running) return;
    running.turn.stop();
    void running.turn.recorded.then(() => endVoiceTurn(running.span, 'cancelled', running.timings.timings));
  }

  apologise(turnId: string, apology: Apology): void {
    this.open(turnId, undefined, this.setup.settings());
    this.finishSpeech(turnId, apology);
  }

  finishSpeech(turnId: string, apology: Apology | null): void {
    const { language } = this.setup.settings();
    this.running(turnId)?.turn.finishSpeech(apology && apologyText(apology, language, this.lastSaid));
  }

  stop(turnId: string, outcome: 'interrupted' | 'cancelled', heardMs?: number): void {
    const running = this.running(turnId);
    if (!running) return;
    const heardText = running.turn.stop(heardMs);
    running.timings.note('done', this.setup.clock.now());
    if (outcome === 'interrupted') this.setup.tell({ type: 'response.interrupted', turnId, heardText });
    this.end(turnId, outcome, heardText);
  }

  end(turnId: string, outcome: VoiceTurnOutcome, heardText?: string): void {
    const running = this.running(turnId);
    if (!running) return;
    this.current = null;
    const { timings } = running.timings;
    this.setup.metrics.turn(outcome, timings);
    void running.turn.recorded.then(() => endVoiceTurn(running.span, outcome, timings));
    const { usage, cutBy, storedTurn } = running.turn;
    const cut = { ...(cutBy && { cutBy }), ...(heardText !== undefined && { heardText }), storedTurn };
    this.setup.tell({ type: 'response.done', turnId, outcome, usage, timings, ...cut });
  }

  private running(turnId: string): RunningTurn | null {
    return this.current?.turn.turnId === turnId ? this.current : null;
  }

  private open(turnId: string, input: TurnInput | undefined, settings: VoiceSettings): RunningTurn {
    const { chat, clock, sound, dispatch, onFault } = this.setup;
    const timings = new TurnTimings(input?.at ?? clock.now());
    if (input && input.transcribedAt !== null) {
      timings.note('speech_end', input.at);
      timings.note('transcript_final', input.transcribedAt);
    }
    const span = beginVoiceTurn(this.setup.callSpan, this.setup.sessionId);
    const voice = this.voice(settings);
    // It begins to speak by itself, as a part of the turn.
    const turn = within(
      span,
      () => new VoiceTurn({ turnId, chat, audio: sound.audio, voice, clock, timings, dispatch, onFault }),
    );
    return (this.current = { turn, timings, span });
  }

  private voice({ spoken, voice, speed }: VoiceSettings): Voice {
    const { tts } = this.setup.speech;
    const { model } = this.setup.personality.voice.tts;
    if (!tts || !spoken) return null;
    return (text, signal) =>
      tts.speak({ text, format: 'pcm', speed, ...(voice !== null && { voice }), ...(model && { model }) }, signal);
  }

  private command(inputs: readonly TurnInput[], settings: VoiceSettings, wish: ResponseWish): VoiceCommand {
    const { principal, personality, sessionId, model } = this.setup;
    const { tools, toolChoice, maxTokens } = settings;
    const said = inputs.map((input) => ({ input, guest: this.setup.guestName?.(input.speakerId) ?? null }));
    const hasGuests = said.some(({ guest }) => guest !== null);
    const instructions = [hasGuests ? WITH_GUESTS : null, settings.instructions, wish.instructions];
    const system = instructions.filter((text) => text !== null && text !== '');
    const messages: ChatMessage[] = [
      ...system.map((content) => ({ role: 'system' as const, content })),
      ...said.map(({ input, guest }) => messageOf(input, guest)),
    ];
    return {
      requestId: newId(),
      principal,
      model,
      messages,
      personalityId: personality.id,
      sessionId,
      store: true,
      allowedTools: undefined,
      // What the engine knows of the owner is nothing for a guest to ask for.
      personalize: !hasGuests,
      byGuest: hasGuests,
      metadata: { is_voice_call: true, ...speakerOf(inputs), ...(hasGuests && { has_guests: true }) },
      isLearned: !hasGuests,
      unasked: wish.unasked === true && inputs.length === 0,
      options: {
        ...(tools.length > 0 && { tools: [...tools], ...(toolChoice !== undefined && { toolChoice }) }),
        ...(maxTokens !== null && { maxTokens }),
      },
    };
  }

  /** Settles with `before`, or when it takes too long. */
  private bounded(before: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.setup.clock.after(MOST_WAIT_MS, resolve);
      void before.then(() => (cancel(), resolve()));
    });
  }
}

/** What somebody said, or what a function of the client's has come to. */
const messageOf = ({ text, callId }: TurnInput, guest: string | null): ChatMessage => {
  if (callId !== undefined) return { role: 'tool', content: text, tool_call_id: callId };
  return { role: 'user', content: guest === null ? text : `${guest}: ${text}` };
};

/** Where one person alone has spoken. */
function speakerOf(inputs: readonly TurnInput[]): Record<string, string> {
  const [speakerId, ...others] = new Set(inputs.map((input) => input.speakerId));
  return speakerId && others.length === 0 ? { speaker_id: speakerId } : {};
}
