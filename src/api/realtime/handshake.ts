const BEARER = /^(?:Bearer +)?(\S{1,4096})$/i;
const HEADER = /^Bearer +(\S{1,4096})$/i;

interface Handshake {
  auth: Record<string, unknown>;
  headers: { authorization?: string | undefined };
}

/** The access token or API key that a client has sent, in `auth.token` or as a header, or the ticket in `auth.ticket`. */
export function credentialOf({ auth, headers }: Handshake): string | undefined {
  const said = auth['token'] ?? auth['ticket'];
  if (said !== undefined && said !== null) return typeof said === 'string' ? BEARER.exec(said)?.[1] : undefined;
  return HEADER.exec(headers.authorization ?? '')?.[1];
}

/**
 * Browsers let any page open a socket to anywhere, and send the page's origin with it. Programs send none and are judged
 * by their credentials alone.
 */
export function isOriginAllowed(
  { origin, host }: { origin?: string | undefined; host?: string | undefined },
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true;
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
