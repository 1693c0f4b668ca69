import type { SttEngine } from './stt.port.js';
import type { TtsEngine } from './tts.port.js';
import type { VadEngine } from './vad.port.js';

/** What hears and speaks; null where nothing is configured for it. */
export abstract class SpeechEngines {
  /** With its fallbacks and deadlines. */
  abstract readonly stt: SttEngine | null;
  abstract readonly tts: TtsEngine | null;
  abstract readonly vad: VadEngine;
}
