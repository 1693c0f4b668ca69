import type { IncomingMessage } from 'node:http';
import proxyaddr from 'proxy-addr';

type Trust = (address: string, hop: number) => boolean;

/** Express's `trust proxy` as a function: empty trusts nobody; a number of hops, or addresses separated by commas. */
export function trustedProxies(text: string): Trust {
  if (text === '') return () => false;
  if (/^\d+$/.test(text)) return (_address, hop) => hop < Number(text);
  return proxyaddr.compile(text.split(',').map((entry) => entry.trim()));
}

/** Finds where a request came from; `X-Forwarded-For` is believed only as far as trusted proxies wrote it. */
export function clientAddress(trustProxy: string): (request: IncomingMessage) => string {
  const trust = trustedProxies(trustProxy);
  return (request) => proxyaddr(request, trust);
}
