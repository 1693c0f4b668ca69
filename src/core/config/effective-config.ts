import { createHash } from 'node:crypto';
import { redact } from '../logging/redact.js';
import type { CozyConfig } from './cozy-config.js';

/** The configuration in force with every secret hidden, and a short hash that changes when it does. */
export function effectiveConfig(config: CozyConfig): { config_version: string; config: unknown } {
  // What is sent to a provider or given to a program may hold a key under any name.
  const plain: unknown = JSON.parse(JSON.stringify(config), (key, value: unknown) =>
    (key === 'headers' || key === 'env') && typeof value === 'object' && value !== null
      ? Object.keys(value).map((name) => `${name}: [redacted]`)
      : value,
  );
  const hidden = redact(plain, 10);
  const version = createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 12);
  return { config_version: version, config: hidden };
}
