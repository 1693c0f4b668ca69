import { createHash } from 'node:crypto';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Memobase knows users by UUIDs of version 4 only. Any other id becomes one by a hash, always the same. */
export function memobaseUserId(userId: string): string {
  if (UUID_V4.test(userId)) return userId.toLowerCase();
  const hash = createHash('sha256').update(`cozy-user:${userId}`).digest('hex');
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `4${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}
