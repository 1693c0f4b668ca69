import { describe, expect, it } from 'vitest';
import { EnginesSection } from '../../core/config/sections/engines.section.js';
import { Personality } from '../../core/domain/personality.js';
import type { BacklogService } from '../jobs/backlog.service.js';
import type { PersonalWork, WriteBackEngineService } from './write-back-engine.service.js';
import { WriteBackPromiseService } from './write-back-promise.service.js';

const BUILTIN: PersonalWork[] = [
  { kind: 'profile.update', byModel: false, isRemote: false },
  { kind: 'profile.refine', byModel: true, isRemote: false },
];
const REMOTE: PersonalWork = { kind: 'memory.add.mem0', byModel: false, isRemote: true };

function stage(writeBack: 'async' | 'sync' = 'async') {
  const personality = new Personality();
  personality.memory.write_back = writeBack;
  const backlog = { full: false };
  let asked = 0;
  const engines = { workOf: () => ((asked += 1), [REMOTE, ...BUILTIN]) };
  const promises = new WriteBackPromiseService(
    engines as unknown as WriteBackEngineService,
    new EnginesSection(),
    backlog as BacklogService,
  );
  return { backlog, of: () => promises.of(personality), asked: () => asked };
}

describe('what a turn promises', () => {
  it('is told to engines at once, and shown to a model when the user has gone quiet', () => {
    expect(stage().of()).toEqual({
      works: [
        { kind: 'memory.add.mem0', delayMs: 0, deadCode: null },
        { kind: 'profile.update', delayMs: 0, deadCode: null },
        { kind: 'profile.refine', delayMs: 25_000, deadCode: null },
      ],
      sync: [],
      refused: [],
    });
  });

  it('is done in the turn by built-in engines alone, where the personality wants it so', () => {
    expect(stage('sync').of().sync).toEqual(['profile.update']);
  });

  it('is worked out once a personality', () => {
    const { of, asked } = stage();
    for (let turn = 0; turn < 3; turn += 1) of();
    expect(asked()).toBe(1);
  });

  it('is less while the backlog is too long: no model, built-in engines at once, remote ones by an admin', () => {
    const { backlog, of } = stage();
    const usual = of();
    backlog.full = true;
    expect(of()).toEqual({
      works: [
        { kind: 'memory.add.mem0', delayMs: 0, deadCode: 'BACKLOG_FULL' },
        { kind: 'profile.update', delayMs: 0, deadCode: null },
      ],
      sync: ['profile.update'],
      refused: ['memory.add.mem0'],
    });
    backlog.full = false;
    expect(of()).toBe(usual);
  });
});
