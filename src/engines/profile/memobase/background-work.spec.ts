import { describe, expect, it, vi } from 'vitest';
import { BackgroundWork } from './background-work.js';

/** Work that ends when it is told to. */
function held() {
  const ends: { key: string; end: (error?: Error) => void }[] = [];
  const work = (key: string) =>
    new Promise<void>((resolve, reject) => {
      ends.push({ key, end: (error) => (error ? reject(error) : resolve()) });
    });
  return { ends, work };
}

const settled = () => vi.waitFor(() => Promise.resolve());

describe('BackgroundWork', () => {
  it('runs one at a time for a key, once more for whatever was asked meanwhile, and keys side by side', async () => {
    const { ends, work } = held();
    const background = new BackgroundWork(work);
    for (const key of ['a', 'a', 'a', 'b']) background.start(key);
    expect(ends.map(({ key }) => key)).toEqual(['a', 'b']);
    ends[0]?.end();
    await vi.waitFor(() => expect(ends).toHaveLength(3));
    ends[2]?.end();
    await settled();
    background.start('a');
    await vi.waitFor(() => expect(ends).toHaveLength(4));
  });

  it('tells failures, and goes on', async () => {
    const { ends, work } = held();
    const onError = vi.fn<(error: unknown) => void>();
    const background = new BackgroundWork(work, onError);
    background.start('a');
    background.start('a');
    ends[0]?.end(new Error('broken'));
    await vi.waitFor(() => expect(ends).toHaveLength(2));
    expect(onError).toHaveBeenCalledOnce();
  });

  it('starts nothing more once closed, and is silent about what its end has broken', async () => {
    const { ends, work } = held();
    const onError = vi.fn<(error: unknown) => void>();
    const background = new BackgroundWork(work, onError);
    background.start('a');
    background.start('a');
    background.close();
    ends[0]?.end(new Error('closed'));
    background.start('b');
    await settled();
    expect(ends).toHaveLength(1);
    expect(onError).not.toHaveBeenCalled();
  });
});
