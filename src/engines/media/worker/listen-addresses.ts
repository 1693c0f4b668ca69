import { networkInterfaces } from 'node:os';
import type { types } from 'mediasoup';

/** Addresses of this machine that a client may reach, this machine's own last. */
function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outward = all.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
  return [...new Set(outward), '127.0.0.1'];
}

/**
 * UDP and TCP of one worker. Where an address is announced, it listens on all and tells that one; else it tells the addresses
 * of this machine, which is enough on it and in its network.
 */
export function listenInfos(port: number, announcedAddress: string | undefined): types.TransportListenInfo[] {
  const places = announcedAddress ? [{ ip: '0.0.0.0', announcedAddress }] : ownAddresses().map((ip) => ({ ip }));
  const protocols = ['udp', 'tcp'] as const;
  return protocols.flatMap((protocol) => places.map((place) => ({ protocol, ...place, ...(port > 0 && { port }) })));
}
