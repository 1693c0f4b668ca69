import { SignJWT } from 'jose';
import type { LegacyUpstreamSection, Placeholder } from '../../../core/config/sections/canary.section.js';
import type { LegacyCaller } from './legacy-upstreams.port.js';

const filled = (template: string, caller: LegacyCaller, safe: (text: string) => string = String): string =>
  template.replaceAll(/\{([a-z_]+)\}/g, (_, name: Placeholder) => safe(caller[name]));

/** Headers take printable ASCII only; what else stands in a name is percent-encoded. */
const headerSafe = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text));

/** Whether a user can be told to the upstream: by a token, by a signed one, or by headers alone. */
export const isMapped = ({ tokens, sign }: LegacyUpstreamSection, userId: string): boolean =>
  tokens === undefined || sign !== undefined || Object.hasOwn(tokens, userId);

/**
 * All headers of a request to the upstream. They come from the configuration and the caller's account: nothing that the
 * caller sent is among them, least of all the credentials for this server.
 */
export async function legacyHeaders(
  upstream: LegacyUpstreamSection,
  caller: LegacyCaller,
): Promise<Record<string, string>> {
  const configured = Object.entries(upstream.headers).map(([name, template]) => [
    name.toLowerCase(),
    filled(template, caller, headerSafe),
  ]);
  const token = await tokenOf(upstream, caller);
  return {
    accept: 'text/event-stream, application/json',
    'accept-encoding': 'identity',
    'x-request-id': caller.request_id,
    ...(Object.fromEntries(configured) as Record<string, string>),
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
}

async function tokenOf({ tokens, sign }: LegacyUpstreamSection, caller: LegacyCaller): Promise<string | undefined> {
  const own = tokens && Object.hasOwn(tokens, caller.user_id) ? tokens[caller.user_id] : undefined;
  if (own !== undefined || !sign) return own;
  const claims = Object.entries(sign.claims).map(([name, value]) => [
    name,
    typeof value === 'string' ? filled(value, caller) : value,
  ]);
  return new SignJWT(Object.fromEntries(claims) as Record<string, unknown>)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(`${sign.ttl_seconds}s`)
    .sign(new TextEncoder().encode(sign.secret));
}
