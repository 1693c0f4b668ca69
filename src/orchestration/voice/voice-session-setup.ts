import type { VoiceSection } from '../../core/config/sections/voice.section.js';
import type { Personality } from '../../core/domain/personality.js';
import type { Principal } from '../../core/domain/principal.js';
import type { Logger } from '../../core/logging/logger.js';
import type { VoiceMetrics } from '../../core/metrics/voice-metrics.js';
import type { CallAudio } from '../../engines/media/call-audio.port.js';
import type { SpeechEngines } from '../../engines/speech/speech-engines.port.js';
import type { ChatService } from '../chat/chat.service.js';
import type { VoiceClock } from './voice-clock.js';
import type { CallEnd, VoiceListener } from './voice-event.js';
import type { VoiceSettings } from './voice-settings.js';

/** Where a call's sound comes from and goes to. */
export interface CallSound {
  audio: CallAudio;
  /** Idempotent; the audio too. */
  close(): Promise<void>;
}

export interface VoiceSessionSetup {
  callId: string;
  sessionId: string;
  principal: Principal;
  personality: Personality;
  /** The personality's own where undefined. */
  model: string | undefined;
  settings: VoiceSettings;
  sound: CallSound;
  limits: VoiceSection;
  chat: Pick<ChatService, 'run'>;
  speech: Pick<SpeechEngines, 'stt' | 'tts' | 'vad'>;
  metrics: VoiceMetrics;
  logger: Logger;
  clock: VoiceClock;
  listener: VoiceListener;
  /** The name of a guest; null for the user's own voice. All are the user's own where absent. */
  guestName?: (speakerId: string | null) => string | null;
  /** Told once, when nothing is heard or said any more: another call may take its place. */
  onSilent: () => void;
  /** Told once, when everything is let go of and stored. */
  onClosed: (reason: CallEnd) => void;
}
