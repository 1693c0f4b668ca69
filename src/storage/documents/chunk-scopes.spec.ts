import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SignalName, SignalRepository } from '../signals/signal.repository.js';
import { ChunkScopeCache, type FilledScope } from './chunk-scopes.js';

const scope = (ownerId: string | null): FilledScope[] => [{ ownerId, dataset: 'main', chunks: 3 }];

class Signals {
  live = true;
  interrupt: () => void = () => undefined;
  return: () => void = () => undefined;
  change: (ownerId: string) => void = () => undefined;
  on(_name: SignalName, listener: (payload: string) => void): void {
    this.change = listener;
  }
  onInterruption(listener: () => void): void {
    this.interrupt = listener;
  }
  onReturn(listener: () => void): void {
    this.return = listener;
  }
}

let signals: Signals;
let cache: ChunkScopeCache;
const read = vi.fn<() => Promise<FilledScope[]>>();
const ask = (userId = 'ana', datasets = ['main']) => cache.of(userId, datasets, read);

beforeEach(() => {
  signals = new Signals();
  cache = new ChunkScopeCache(signals as unknown as SignalRepository);
  read.mockReset().mockResolvedValue(scope('ana'));
});

describe('which datasets hold anything', () => {
  it('is read once for each user and list', async () => {
    expect([await ask(), await ask()]).toEqual([scope('ana'), scope('ana')]);
    expect(read).toHaveBeenCalledTimes(1);
    await ask('bo');
    await ask('ana', ['main', 'other']);
    expect(read).toHaveBeenCalledTimes(3);
  });

  it.each([
    ['one of the user’s documents changes', () => signals.change('ana')],
    ['a shared one changes', () => signals.change('')],
    ['signals are missed', () => signals.interrupt()],
    ['signals are back', () => signals.return()],
  ])('is read again when %s', async (_when, happen) => {
    await ask();
    happen();
    await ask();
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('is still known when somebody else’s documents change', async () => {
    await ask();
    signals.change('bo');
    await ask();
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('is not kept where a document changed while it was read', async () => {
    read.mockImplementationOnce(async () => {
      signals.change('ana');
      return [];
    });
    expect([await ask(), await ask()]).toEqual([[], scope('ana')]);
  });

  it('is read each time as long as no signals are heard', async () => {
    signals.live = false;
    await ask();
    await ask();
    expect(read).toHaveBeenCalledTimes(2);
  });
});
