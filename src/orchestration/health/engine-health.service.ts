import { Injectable } from '@nestjs/common';
import { AiCatalog } from '../../engines/ai/ai-catalog.port.js';
import type { EngineHealth } from '../../engines/engine-health.js';
import { MediaEngine } from '../../engines/media/media.port.js';
import { type Guarded, PersonalEngines } from '../../engines/personal-engines.port.js';
import { SpeechEngines } from '../../engines/speech/speech-engines.port.js';
import { ToolSources } from '../../engines/tools/tool-sources.port.js';

export interface EngineStanding extends EngineHealth {
  kind: string;
  provider: string;
}

/** How long what was found is told to strangers, who must not be able to make us ask providers as often as they like. */
const SHARED_MS = 5000;

/** How everything clever outside us is doing. */
@Injectable()
export class EngineHealthService {
  private shared: { until: number; found: Promise<EngineStanding[]> } | undefined;

  constructor(
    private readonly ai: AiCatalog,
    private readonly tools: ToolSources,
    private readonly personal: PersonalEngines,
    private readonly speech: SpeechEngines,
    private readonly media: MediaEngine,
  ) {}

  /** As `all`, as it was found lately. */
  lately(signal: AbortSignal): Promise<EngineStanding[]> {
    const now = Date.now();
    if (!this.shared || this.shared.until <= now) this.shared = { until: now + SHARED_MS, found: this.all(signal) };
    return this.shared.found;
  }

  async all(signal: AbortSignal): Promise<EngineStanding[]> {
    const models = this.ai.engines.map(async (engine) => [
      { kind: 'ai', provider: engine.provider, ...(await engine.health(signal)) },
    ]);
    const tools = this.tools.engines.map(async (engine) =>
      Object.entries(await engine.health(signal)).map(([provider, health]) => ({ kind: 'tools', provider, ...health })),
    );
    const { memory, profile, knowledge } = this.personal;
    const personal = [...memory.all, ...profile.all, ...knowledge.all].map(async (guarded) => [
      await standingOf(guarded, signal),
    ]);
    const { stt, tts } = this.speech;
    const speech = Object.entries({ stt, tts }).map(async ([kind, engine]) =>
      engine ? [{ kind, provider: engine.provider, ...(await engine.health(signal)) }] : [],
    );
    return (await Promise.all([...models, ...personal, ...speech, ...tools, this.ofMedia(signal)])).flat();
  }

  /** A server without a media worker is as well as one with it: its calls go over sockets. */
  private async ofMedia(signal: AbortSignal): Promise<EngineStanding[]> {
    const { isAvailable, provider } = this.media;
    return isAvailable ? [{ kind: 'media', provider, ...(await this.media.health(signal)) }] : [];
  }
}

interface Checked {
  provider: string;
  health: (signal: AbortSignal) => Promise<EngineHealth>;
}

/** An open breaker is a degradation, whatever the engine says of itself at this moment. */
async function standingOf({ engine, guard }: Guarded<Checked>, signal: AbortSignal): Promise<EngineStanding> {
  const { kind, provider, breakerState } = guard;
  const health = await engine.health(signal);
  if (health.status !== 'up' || breakerState === 'closed') return { kind, provider, ...health };
  return { kind, provider, status: 'degraded', reason: 'It failed lately: its circuit breaker is not closed yet.' };
}
