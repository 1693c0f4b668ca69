import type { ToolDefinition } from '../../core/domain/chat.js';
import type { Personality } from '../../core/domain/personality.js';

export type Eagerness = 'low' | 'medium' | 'high' | 'auto';

/** How the end of an utterance is found. `none` is push to talk. */
export interface TurnDetection {
  type: 'server_vad' | 'semantic_vad' | 'none';
  /** From which probability on a frame counts as speech. */
  threshold: number;
  /** Sound from before the speech that belongs to it. */
  prefixMs: number;
  /** Silence that ends an utterance; `semantic_vad` goes by `eagerness` instead. */
  silenceMs: number;
  /** Shorter sounds are no speech. */
  minSpeechMs: number;
  eagerness: Eagerness;
}

/** What a client may change while the call runs. */
export interface VoiceSettings {
  turnDetection: TurnDetection;
  /** Whether what was said is answered unasked; else it waits for `response.create`. */
  respond: boolean;
  /** Whether speech interrupts the companion; else it waits for the end of the answer. */
  interruptible: boolean;
  /** Whether answers are spoken; else they are text. */
  spoken: boolean;
  /** The provider's own where null. */
  voice: string | null;
  speed: number;
  /** What the model is told beside the personality. */
  instructions: string | null;
  /** ISO 639-1 of what is spoken, where it is known. */
  language: string | null;
  /** The client's own functions: a call of one ends the turn, and its result comes as `text.send` with a `callId`. */
  tools: readonly ToolDefinition[];
  /** As OpenAI's `tool_choice` of a chat has it; the model's own choice where undefined. */
  toolChoice: unknown;
  /** Of one answer; the personality's own where null. */
  maxTokens: number | null;
}

/** What of the settings is to be different. */
export type VoiceChanges = Partial<Omit<VoiceSettings, 'turnDetection'>> & { turnDetection?: Partial<TurnDetection> };

export const changed = (settings: VoiceSettings, changes: VoiceChanges): VoiceSettings => ({
  ...settings,
  ...changes,
  turnDetection: { ...settings.turnDetection, ...changes.turnDetection },
});

const MIN_SPEECH_MS = 200;

export function settingsOf({ voice }: Personality): VoiceSettings {
  const { turn_detection: detection, instructions, voice: realtimeVoice } = voice.realtime;
  return {
    turnDetection: {
      type: detection.type as TurnDetection['type'],
      threshold: detection.threshold,
      prefixMs: detection.prefix_padding_ms,
      silenceMs: detection.silence_duration_ms,
      minSpeechMs: MIN_SPEECH_MS,
      eagerness: 'auto',
    },
    respond: true,
    interruptible: true,
    spoken: true,
    voice: realtimeVoice ?? voice.tts.voice ?? null,
    speed: voice.tts.speed,
    instructions: instructions ?? null,
    language: voice.stt.language ?? null,
    tools: [],
    toolChoice: undefined,
    maxTokens: null,
  };
}
