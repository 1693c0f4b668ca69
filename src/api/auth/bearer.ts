import { CozyError } from '../../core/errors/cozy.error.js';

const BEARER = /^Bearer +(\S{1,4096})$/i;

/** The credential of an `Authorization` header. Throws AUTH_REQUIRED or AUTH_TOKEN_INVALID. */
export function credentialIn(header: string | undefined): string {
  if (!header) throw new CozyError('AUTH_REQUIRED');
  const credential = BEARER.exec(header)?.[1];
  if (!credential) throw new CozyError('AUTH_TOKEN_INVALID');
  return credential;
}
