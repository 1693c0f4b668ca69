import { describe, expect, it } from 'vitest';
import { listTools } from './tool-listing.js';

const listing = (...pages: unknown[]) => listTools('s', (cursor) => Promise.resolve(pages[Number(cursor ?? 0)]));

describe('A list of tools', () => {
  it.each([[undefined], [null], [[]], ['tools'], [{}], [{ tools: {} }], [{ tools: [], nextCursor: 7 }]])(
    'may be anything: %j',
    async (page) => {
      expect(await listing(page)).toEqual({ tools: [], dropped: [] });
    },
  );

  it('ends where a cursor comes back', async () => {
    const page = { tools: [{ name: 'a' }], nextCursor: '0' };
    expect((await listing(page)).tools.map(({ name }) => name)).toEqual(['mcp__s__a']);
  });

  it('is bounded in its number of tools', async () => {
    const tools = Array.from({ length: 600 }, (_, at) => ({ name: `t${at}` }));
    const { tools: kept, dropped } = await listing({ tools });
    expect(kept).toHaveLength(500);
    expect(dropped).toHaveLength(20);
  });

  it.each([
    [{ name: 'a', description: 'Does a.', title: 'A' }, 'Does a.'],
    [{ name: 'a', description: '  ', title: 'A' }, 'A'],
    [{ name: 'a', annotations: { title: 'B' } }, 'B'],
    [{ name: 'a' }, 'a'],
    [{ name: 'a', description: 7 }, 'a'],
  ])('describes %j', async (tool, description) => {
    expect((await listing({ tools: [tool] })).tools[0]).toMatchObject({ description, ownName: 'a' });
  });
});
