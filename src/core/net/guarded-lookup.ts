import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { isPublicAddress, NOT_PUBLIC_REASON } from './address-guard.js';
import { GuardedFetchError } from './guarded-fetch.error.js';

/** All addresses of a host name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

const resolveBySystem: Resolve = (hostname) => lookup(hostname, { all: true, verbatim: true });

/**
 * Gives a socket the very addresses that were checked, so that a name which changes between check and connection (DNS
 * rebinding) gains nothing. One address that is not public refuses the name: an honest name has none, and which one
 * the socket would choose is not ours to say. NAT64 addresses are refused as well, as they may lead to private ones.
 */
export function guardedLookup(resolve: Resolve = resolveBySystem): LookupFunction {
  const check = callbackify((hostname: string) => checkedAddresses(hostname, resolve));
  return (hostname, options, callback) =>
    check(hostname, (error: Error | null, addresses) => {
      if (error !== null) callback(error, []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0].address, addresses[0].family);
    });
}

async function checkedAddresses(hostname: string, resolve: Resolve): Promise<[LookupAddress, ...LookupAddress[]]> {
  const [first, ...others] = await resolve(hostname);
  if (first === undefined) throw new GuardedFetchError('failed', 'The host name has no address.');
  const addresses: [LookupAddress, ...LookupAddress[]] = [first, ...others];
  if (addresses.every(({ address }) => isPublicAddress(address))) return addresses;
  throw new GuardedFetchError('refused', `${hostname.slice(0, 100)} may not be fetched: ${NOT_PUBLIC_REASON}.`);
}
