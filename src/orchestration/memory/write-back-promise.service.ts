import { Injectable } from '@nestjs/common';
import { EnginesSection } from '../../core/config/sections/engines.section.js';
import type { Personality } from '../../core/domain/personality.js';
import type { PromisedWork } from '../../core/domain/write-back.js';
import { BacklogService } from '../jobs/backlog.service.js';
import { WriteBackEngineService } from './write-back-engine.service.js';

/** Why a turn's work was given up from the start. */
const BACKLOG_FULL = 'BACKLOG_FULL';

/** What turns with a personality promise. */
export interface TurnPromise {
  works: readonly PromisedWork[];
  /** Kinds that are done before the turn ends. */
  sync: readonly string[];
  /** Kinds of those of `works` that are given up from the start. */
  refused: readonly string[];
}

interface Promises {
  usual: TurnPromise;
  /** While the backlog is too long. */
  whileFull: TurnPromise;
}

/** What turns promise, worked out once a personality: a turn pays for a look into a map. */
@Injectable()
export class WriteBackPromiseService {
  private readonly known = new WeakMap<Personality, Promises>();

  constructor(
    private readonly engines: WriteBackEngineService,
    private readonly section: EnginesSection,
    private readonly backlog: BacklogService,
  ) {}

  of(personality: Personality): TurnPromise {
    const known = this.known.get(personality) ?? this.workOut(personality);
    this.known.set(personality, known);
    return this.backlog.full ? known.whileFull : known.usual;
  }

  /**
   * While the backlog is too long, whoever talks waits until the built-in engines have learned, so that it grows no
   * longer; no model is asked for more; and what remote engines are to be told waits for an admin.
   */
  private workOut(personality: Personality): Promises {
    const works = this.engines.workOf(personality);
    const kindsOf = (some: typeof works) => some.map(({ kind }) => kind);
    const own = kindsOf(works.filter(({ isRemote, byModel }) => !isRemote && !byModel));
    const remote = works.filter(({ isRemote }) => isRemote);
    const delayOf = ({ byModel }: (typeof works)[number]) => (byModel ? this.section.write_back.idle_ms : 0);
    return {
      usual: {
        works: works.map((work) => ({ kind: work.kind, delayMs: delayOf(work), deadCode: null })),
        sync: personality.memory.write_back === 'sync' ? own : [],
        refused: [],
      },
      whileFull: {
        works: works
          .filter(({ byModel }) => !byModel)
          .map(({ kind, isRemote }) => ({ kind, delayMs: 0, deadCode: isRemote ? BACKLOG_FULL : null })),
        sync: own,
        refused: kindsOf(remote),
      },
    };
  }
}
