import type { LookupAddress, LookupAllOptions, LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { guardedLookup, type Resolve } from './guarded-lookup.js';

const V4: LookupAddress = { address: '93.184.216.34', family: 4 };
const V6: LookupAddress = { address: '2606:4700::1111', family: 6 };
const LOCAL: LookupAddress = { address: '127.0.0.1', family: 4 };
const ALL: LookupAllOptions = { all: true };

function ask(addresses: LookupAddress[], options: LookupOptions) {
  return new Promise<unknown[]>((resolve) => {
    guardedLookup(() => Promise.resolve(addresses))('name.example', options, (...answer) => resolve(answer));
  });
}

describe('guardedLookup', () => {
  it.each<[string, LookupOptions, unknown[]]>([
    ['all addresses', ALL, [null, [V4, V6]]],
    ['the first address', {}, [null, V4.address, 4]],
  ])('gives the socket %s that it has checked', async (_, options, expected) => {
    expect(await ask([V4, V6], options)).toEqual(expected);
  });

  it.each([
    [[LOCAL]],
    [[V4, LOCAL]],
    [[V6, V4, { address: '::ffff:127.0.0.1', family: 6 }]],
    [[{ address: 'odd', family: 4 }]],
  ])('refuses a name as soon as one address is not public: %j', async (addresses) => {
    const [error] = await ask(addresses, ALL);
    expect(error).toMatchObject({
      problem: 'refused',
      message: 'name.example may not be fetched: it is not on the public internet.',
    });
  });

  it('refuses a name without addresses, and hands on what the resolver throws', async () => {
    expect((await ask([], ALL))[0]).toMatchObject({ problem: 'failed' });
    const failure = new Error('ENOTFOUND');
    const callback = vi.fn<Parameters<LookupFunction>[2]>();
    guardedLookup(() => Promise.reject(failure))('name.example', ALL, callback);
    await vi.waitFor(() => expect(callback).toHaveBeenCalledWith(failure, []));
  });

  // Bug that must not come: a second look-up between check and connection is what DNS rebinding needs.
  it('asks the resolver once a connection', async () => {
    const resolve = vi.fn<Resolve>().mockResolvedValueOnce([V4]).mockResolvedValue([LOCAL]);
    const callback = vi.fn<Parameters<LookupFunction>[2]>();
    guardedLookup(resolve)('name.example', ALL, callback);
    await vi.waitFor(() => expect(callback).toHaveBeenCalledWith(null, [V4]));
    expect(resolve).toHaveBeenCalledTimes(1);
  });
});
