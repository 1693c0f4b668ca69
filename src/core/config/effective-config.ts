import { createHash } from 'node:crypto';
import { redact } from '../logging/redact.js';
import type { CozyConfig } from './cozy-config.js';

/** The configuration in force with every secret hidden, and a short hash that changes when it does. */
export function effectiveConfig(config: CozyConfig): { config_version: string; config: unknown } {
  const plain: unknown = JSON.parse(JSON.stringify(config), withoutCarriers);
  const hidden = redact(plain, 10);
  const version = createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 12);
  return { config_version: version, config: hidden };
}

/**
 * Hides what may carry a key under any name: headers, users' tokens on a legacy server, and the environment, arguments
 * and query of an MCP server.
 */
function withoutCarriers(key: string, value: unknown): unknown {
  if (typeof value === 'string') return withoutSecret(key, value);
  if (typeof value !== 'object' || value === null) return value;
  if (key === 'headers' || key === 'env' || key === 'tokens')
    return Object.keys(value).map((name) => `${name}: [redacted]`);
  return key === 'args' && Array.isArray(value) ? value.map(() => '[redacted]') : value;
}

function withoutSecret(key: string, text: string): string {
  if (key === 'headers') return '[redacted]';
  return key === 'url' ? text.replace(/\?.*$/s, '?[redacted]') : text;
}
