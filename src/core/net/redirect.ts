import { GuardedFetchError } from './guarded-fetch.error.js';

/** One request of a chain of redirects. */
export interface Hop {
  url: URL;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What another origin may see. A list of what is harmless: nobody knows all the headers that carry a key. */
const HARMLESS_HEADERS = new Set(['accept', 'accept-language', 'content-type', 'user-agent']);

/** The request that an answer leads to, as browsers do it; undefined when the answer is no redirect. */
export function redirectedHop(hop: Hop, status: number, location: string | null): Hop | undefined {
  if (!REDIRECTS.has(status) || location === null) return undefined;
  if (!URL.canParse(location, hop.url.href)) {
    throw new GuardedFetchError(
      'redirects',
      `${hop.url.host.slice(0, 100)} redirects to an address that is not valid.`,
    );
  }
  const url = new URL(location, hop.url);
  const dropsBody = (status === 303 && hop.method !== 'HEAD') || (status <= 302 && hop.method === 'POST');
  const kept = Object.entries(hop.headers).filter(([name]) => {
    const header = name.toLowerCase();
    if (dropsBody && header.startsWith('content-')) return false;
    return url.origin === hop.url.origin || HARMLESS_HEADERS.has(header);
  });
  return {
    url,
    method: dropsBody ? 'GET' : hop.method,
    headers: Object.fromEntries(kept),
    body: dropsBody ? undefined : hop.body,
  };
}
