import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Range = ReturnType<typeof ipaddr.parseCIDR>;

/** Today's public IPv6 internet. All outside it is local, a tunnel or a translation, `::127.0.0.1` included. */
const PUBLIC_IPV6 = ipaddr.parseCIDR('2000::/3');

/** Ranges that ipaddr.js counts as unicast, or might in another version. */
const NOT_PUBLIC: readonly Range[] = [
  '192.0.0.0/24', // protocol assignments
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.175.48.0/24', // AS112
  '168.63.129.16/32', // Azure's host, reachable from every machine there
  '2001::/23', // protocol assignments, Teredo and ORCHID among them
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: carries an IPv4 address
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
].map((range) => ipaddr.parseCIDR(range));

/**
 * The Fetch standard's list. Servers of line protocols skip what they do not understand, so an HTTP request whose path
 * or body data chose could speak to a mail server. All other ports are fine: addresses are what protects.
 */
const BLOCKED_PORTS = new Set(
  [
    [1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109],
    [110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530],
    [531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190],
    [5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
  ].flat(),
);

/** Whether an address, as DNS or a parsed URL gives it, belongs to the public internet. What it cannot read does not. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast' || NOT_PUBLIC.some((range) => isIn(parsed, range))) return false;
  return parsed.kind() === 'ipv4' || isIn(parsed, PUBLIC_IPV6);
}

/**
 * Why a URL may not be fetched, before DNS is asked; undefined when nothing speaks against it.
 *
 * @param trusted the operator's own choice: its address may be private.
 */
export function urlProblem(url: URL, trusted: boolean): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'only http and https addresses can be fetched';
  if (url.username !== '' || url.password !== '') return 'the address must not hold a user name or a password';
  if (BLOCKED_PORTS.has(Number(url.port)) && url.port !== '') return `port ${url.port} does not belong to a web server`;
  if (trusted || isPublicHost(url.hostname)) return undefined;
  return NOT_PUBLIC_REASON;
}

export const NOT_PUBLIC_REASON = 'it is not on the public internet';

/**
 * URL parsing has turned every spelling of an IPv4 address (2130706433, 0x7f.1, 127.1) into the dotted one. A literal
 * address is never looked up, so it is judged here; other names are judged by the addresses that they resolve to.
 */
function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return isPublicAddress(host);
  return host !== '' && host !== 'localhost' && !host.endsWith('.localhost');
}

function isIn(address: ReturnType<typeof ipaddr.parse>, range: Range): boolean {
  return address.kind() === range[0].kind() && address.match(range);
}
