import path from 'node:path';
import { Injectable } from '@nestjs/common';
import { ConfigDirectory } from '../../core/config/config-directory.js';
import { ConfigError } from '../../core/config/load-config.js';
import type { Personality } from '../../core/domain/personality.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { AiCatalog } from '../../engines/ai/ai-catalog.port.js';
import { PersonalEngines } from '../../engines/personal-engines.port.js';
import { type PersonalitySet, readPersonalities } from './personality-files.js';

/** The companions on offer. A running turn holds the object it started with, so a reload never changes it midway. */
@Injectable()
export class PersonalityService {
  private current: PersonalitySet;

  constructor(
    private readonly directory: ConfigDirectory,
    private readonly ai: AiCatalog,
    private readonly engines: PersonalEngines,
    private readonly logger: Logger,
  ) {
    const result = this.read();
    if ('problems' in result) throw new ConfigError(result.problems);
    this.current = result.set;
  }

  list(): readonly Personality[] {
    return this.current.all;
  }

  get default(): Personality {
    return this.current.default;
  }

  find(id: string): Personality | undefined {
    return this.current.byId.get(id);
  }

  get(id: string): Personality {
    const personality = this.find(id);
    if (!personality) throw new CozyError('RESOURCE_PERSONALITY_NOT_FOUND', { param: 'personality_id' });
    return personality;
  }

  /** Reads the files again; with a single bad one all stays as it was and the problems are told. */
  reload(): readonly Personality[] {
    const result = this.read();
    if ('problems' in result) {
      this.logger.warn('Personalities were not reloaded', { problems: result.problems });
      throw new CozyError('VALIDATION_FAILED', {
        message: `The personalities were not reloaded: ${result.problems[0]}`,
        details: { problems: result.problems },
      });
    }
    this.current = result.set;
    this.logger.info('Personalities reloaded', { personalities: result.set.all.map((personality) => personality.id) });
    return this.current.all;
  }

  private read() {
    const { memory, profile, knowledge } = this.engines;
    return readPersonalities(path.join(this.directory.path, 'personalities'), {
      ai: this.ai.engines.map((engine) => engine.provider),
      memory: memory.providers,
      profile: profile.providers,
      knowledge: knowledge.providers,
    });
  }
}
