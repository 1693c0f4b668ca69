import { Injectable } from '@nestjs/common';
import { SpeechEngines } from '../../engines/speech/speech-engines.port.js';
import { Dictation } from './dictation.js';
import { type HearingWish, SpeechService } from './speech.service.js';

@Injectable()
export class DictationService {
  constructor(
    private readonly engines: SpeechEngines,
    private readonly speech: SpeechService,
  ) {}

  /** @param detectsSpeech whether silence finishes an utterance; else only its speaker does. */
  open(wish: HearingWish, detectsSpeech: boolean): Dictation {
    const { stt, options } = this.speech.listener(wish);
    return new Dictation({ stt, options, vad: detectsSpeech ? this.engines.vad.open() : null });
  }
}
