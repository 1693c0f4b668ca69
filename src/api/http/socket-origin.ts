import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of this origin may open connections: the server's own, and those that the configuration allows. What
 * is no browser sends none.
 */
export function isOriginAllowed({ origin, host }: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true;
  return hostOf(origin) === host;
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}
