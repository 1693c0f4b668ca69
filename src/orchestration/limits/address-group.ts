import ipaddr from 'ipaddr.js';

const PREFIX_BYTES = 8;

/**
 * Whom an address belongs to: an IPv4 address itself, also where it comes dressed as IPv6; of IPv6 the /64 network, as
 * one customer has a whole one. Text that is no address stands for itself.
 */
export function addressGroup(address: string): string {
  if (!ipaddr.isValid(address)) return address.slice(0, 64);
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = parsed.toByteArray().map((byte, at) => (at < PREFIX_BYTES ? byte : 0));
  return `${ipaddr.fromByteArray(network).toString()}/64`;
}
