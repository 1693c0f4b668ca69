import type { Request } from 'express';

/**
 * Where this server is reached, such as `https://cozy.example.com`: as its operator says, else as this caller has; behind
 * a trusted proxy, the proxy's own.
 */
export function ownAddress(request: Request, publicUrl: string | undefined): string {
  if (publicUrl) return publicUrl.replace(/\/+$/, '');
  return `${request.protocol}://${request.host ?? 'localhost'}`;
}
