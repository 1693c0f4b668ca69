import { Counter, Gauge, Histogram } from 'prom-client';
import { VoiceSection } from '../../src/core/config/sections/voice.section.js';
import { Personality } from '../../src/core/domain/personality.js';
import type { Principal } from '../../src/core/domain/principal.js';
import { Logger } from '../../src/core/logging/logger.js';
import { VoiceMetrics } from '../../src/core/metrics/voice-metrics.js';
import type { ChatService } from '../../src/orchestration/chat/chat.service.js';
import type { CallEnd, VoiceEvent } from '../../src/orchestration/voice/voice-event.js';
import { VoiceSession } from '../../src/orchestration/voice/voice-session.js';
import { settingsOf, type VoiceSettings } from '../../src/orchestration/voice/voice-settings.js';
import { FakeCallAudio } from '../fakes/voice/fake-call-audio.js';
import { FakeStt, FakeTts, FakeVad } from '../fakes/voice/fake-speech.js';
import { ScriptedChat } from '../fakes/voice/scripted-chat.js';
import { settle, VirtualClock } from '../fakes/voice/virtual-clock.js';

const PRINCIPAL: Principal = {
  userId: '00000000-0000-7000-8000-000000000001',
  role: 'user',
  scopes: null,
  credentialId: null,
  rateLimitPerMinute: null,
};

/** Metrics that belong to no registry. */
export function voiceMetrics(): VoiceMetrics {
  const counter = (...labelNames: string[]) => new Counter({ name: 'c', help: 'c', labelNames, registers: [] });
  const histogram = (...labelNames: string[]) => new Histogram({ name: 'h', help: 'h', labelNames, registers: [] });
  return new VoiceMetrics(
    new Gauge({ name: 'g', help: 'g', registers: [] }),
    counter('reason'),
    counter('outcome'),
    counter('kind'),
    histogram('stage'),
  );
}

export const testPersonality = (): Personality =>
  Object.assign(new Personality(), { id: 'friend', name: 'Friend', system_prompt: 'Be kind.' });

export interface CallOptions {
  settings?: Partial<VoiceSettings>;
  limits?: Partial<VoiceSection>;
  chat?: Pick<ChatService, 'run'>;
  principal?: Principal;
  personality?: Personality;
  sessionId?: string;
  withoutTts?: boolean;
}

/** A call with everything around it in memory, and time that passes when told to. */
export class TestCall {
  readonly clock = new VirtualClock();
  readonly audio = new FakeCallAudio(this.clock);
  readonly stt = new FakeStt(this.clock);
  readonly tts = new FakeTts(this.clock);
  readonly vad = new FakeVad();
  readonly chat = new ScriptedChat(this.clock);
  readonly events: (VoiceEvent & { at: number })[] = [];
  readonly ends: CallEnd[] = [];
  /** How often it was told that nothing is heard or said any more. */
  silences = 0;
  readonly session: VoiceSession;

  constructor(options: CallOptions = {}) {
    const personality = options.personality ?? testPersonality();
    this.session = new VoiceSession({
      callId: 'call',
      sessionId: options.sessionId ?? 'session',
      principal: options.principal ?? PRINCIPAL,
      personality,
      model: undefined,
      settings: { ...settingsOf(personality), ...options.settings },
      sound: { audio: this.audio, close: () => this.audio.close() },
      limits: Object.assign(new VoiceSection(), options.limits),
      chat: options.chat ?? this.chat,
      speech: { stt: this.stt, tts: options.withoutTts ? null : this.tts, vad: this.vad },
      metrics: voiceMetrics(),
      logger: new Logger('silent'),
      clock: this.clock,
      listener: this.listener,
      onSilent: () => (this.silences += 1),
      onClosed: (reason) => this.ends.push(reason),
    });
    this.session.start();
  }

  readonly listener = (event: VoiceEvent): boolean => {
    this.events.push({ ...event, at: this.clock.now() });
    return true;
  };

  /** Somebody says something for so long, and is silent until it has ended. */
  async say(text: string, milliseconds = 1000, silenceMs = 600): Promise<void> {
    this.stt.next({ text });
    await this.audio.sound(milliseconds, true);
    await this.audio.sound(silenceMs, false);
  }

  /** Types a text. */
  async type(text: string): Promise<void> {
    this.session.handle({ type: 'text.send', text });
    await settle();
  }

  of<Type extends VoiceEvent['type']>(type: Type): (Extract<VoiceEvent, { type: Type }> & { at: number })[] {
    return this.events.filter((event) => event.type === type) as (Extract<VoiceEvent, { type: Type }> & {
      at: number;
    })[];
  }

  /** The types of what was told, those of states and pieces of text left out. */
  get story(): string[] {
    const dull = new Set<string>(['call.state', 'response.text-delta', 'call.ready']);
    return this.events.map(({ type }) => type).filter((type) => !dull.has(type));
  }

  /** What is open that should be closed with the call. */
  get open(): Record<string, number> {
    return {
      timers: this.clock.waiting,
      stt: this.stt.open,
      tts: this.tts.open,
      vad: this.vad.streams,
      chats: this.chat.running,
      audio: this.audio.isClosed ? 0 : 1,
    };
  }
}

/** Takes 3.7 seconds to say. */
export const LONG = 'One two three four five. Six seven eight nine ten. Eleven twelve thirteen.';

/** A call in which the companion is in the middle of saying LONG. */
export async function speakingCall(options: CallOptions = {}): Promise<TestCall> {
  const call = new TestCall(options);
  call.chat.next(LONG);
  await call.say('Count for me.');
  await call.clock.pass(1200);
  return call;
}

/** The turns that were heard, in their order, each as often as it began to speak. */
export const voicesOf = ({ audio }: TestCall): string[] =>
  audio.left.map(({ turnId }) => turnId).filter((turnId, at, all) => turnId !== all[at - 1]);
