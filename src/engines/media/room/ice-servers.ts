import { createHmac } from 'node:crypto';
import type { MediaSection } from '../../../core/config/sections/media.section.js';

/** As browsers take it. */
export interface IceServer {
  urls: string[];
  username?: string;
  credential?: string;
}

/**
 * STUN and TURN servers for one person. Credentials of TURN are good for a while only, as coturn's `use-auth-secret` has it:
 * the name is when they end, the password an HMAC-SHA1 of the name.
 */
export function iceServersFor(peerId: string, { ice_servers, turn }: MediaSection, nowMs: number): IceServer[] {
  const fixed = ice_servers.map(({ urls, username, credential }) => ({
    urls,
    ...(username !== undefined && { username }),
    ...(credential !== undefined && { credential }),
  }));
  if (turn.urls.length === 0 || turn.secret === undefined) return fixed;
  const username = `${Math.floor(nowMs / 1000) + turn.ttl_seconds}:${peerId}`;
  const credential = createHmac('sha1', turn.secret).update(username).digest('base64');
  return [...fixed, { urls: turn.urls, username, credential }];
}
