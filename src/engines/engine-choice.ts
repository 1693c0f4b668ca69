import type { GuardedEngine } from './resilience/resilience.port.js';

/** An engine, and the guard that every call of it goes through. */
export interface Guarded<Engine> {
  engine: Engine;
  guard: GuardedEngine;
}

/** The engines of one kind that are ready. Personalities may name one of them. */
export class EngineChoice<Engine extends { provider: string }> {
  /** The standard one first; none where the configuration switches the kind off. */
  readonly all: readonly Guarded<Engine>[];

  constructor(all: readonly Guarded<Engine>[]) {
    this.all = all;
  }

  /** The one for personalities that name none; null where the kind is switched off. */
  get standard(): Guarded<Engine> | null {
    return this.all[0] ?? null;
  }

  /** What a personality may name. */
  get providers(): string[] {
    return [...this.all.map(({ engine }) => engine.provider), 'off'];
  }

  /** The one of a personality's `provider`; null for `off` and for one that is not ready. */
  of(provider: string | undefined): Guarded<Engine> | null {
    if (provider === undefined) return this.standard;
    return this.all.find(({ engine }) => engine.provider === provider) ?? null;
  }
}
