import { Injectable } from '@nestjs/common';
import { VoiceSection } from '../../core/config/sections/voice.section.js';
import { Logger } from '../../core/logging/logger.js';
import { VoiceMetrics } from '../../core/metrics/voice-metrics.js';
import { SpeechEngines } from '../../engines/speech/speech-engines.port.js';
import { ChatService } from '../chat/chat.service.js';
import { systemClock } from './voice-clock.js';
import { VoiceSession } from './voice-session.js';
import type { VoiceSessionSetup } from './voice-session-setup.js';

type Made = 'limits' | 'chat' | 'speech' | 'metrics' | 'logger' | 'clock';

/** Gives each call a session with this server's engines and the same turns as text. */
@Injectable()
export class VoiceSessionService {
  constructor(
    private readonly chat: ChatService,
    private readonly speech: SpeechEngines,
    private readonly section: VoiceSection,
    private readonly metrics: VoiceMetrics,
    private readonly logger: Logger,
  ) {}

  make(setup: Omit<VoiceSessionSetup, Made>): VoiceSession {
    const { chat, speech, section: limits, metrics, logger } = this;
    return new VoiceSession({ ...setup, limits, chat, speech, metrics, logger, clock: systemClock });
  }
}
