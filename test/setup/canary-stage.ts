import { afterAll, afterEach, beforeAll } from 'vitest';
import { LEGACY_PIECES, type LegacyServer, startLegacyServer } from '../fakes/cozychat-server.js';
import { type Account, newAccount } from './account.js';
import { ADMIN_ENV, firstAdmin } from './admin.js';
import type { ConfigFiles } from './config-folder.js';
import { type SimulatedServer, simulatedServer } from './simulated-server.js';

export interface CanaryStage {
  stage: SimulatedServer;
  legacy: LegacyServer;
  account: Account;
  admin: Account;
  /** Writes the one rule that holds; the one before is gone. */
  ruleAlone: (feature: string, rule: object) => Promise<void>;
  rule: (feature: string) => Promise<{ enabled: boolean; rolled_back: { cause: string } | null }>;
}

export const everybody = (variant: object, more: object = {}) => ({ enabled: true, percentage: 100, variant, ...more });

/** A server with an earlier one, `cozychat`, behind it. Each test finds no rule and the earlier server at its best. */
export function canaryStage(config: ConfigFiles = {}, more: Record<string, string> = {}): CanaryStage {
  const parts = {} as CanaryStage;
  const env: Record<string, string> = { ...ADMIN_ENV, ...more };
  beforeAll(async () => {
    parts.legacy = await startLegacyServer();
    env['LEGACY_URL'] = parts.legacy.url;
  });
  const upstream = {
    name: 'cozychat',
    url: '${LEGACY_URL}',
    first_byte_timeout_ms: 1000,
    idle_timeout_ms: 1000,
    headers: { 'X-Forwarded-User': '{user_id}' },
  };
  parts.stage = simulatedServer({ env, config: { 'canary.yaml': { upstreams: [upstream] }, ...config } });
  beforeAll(async () => {
    [parts.account, parts.admin] = await Promise.all([newAccount(parts.stage.url), firstAdmin(parts.stage.url)]);
  });
  const clear = async () => {
    const { body } = await parts.admin.call('GET', '/v1/admin/canary');
    for (const { feature } of body.items as { feature: string }[])
      await parts.admin.call('DELETE', `/v1/admin/canary/${feature}`);
  };
  parts.ruleAlone = async (feature, rule) => {
    await clear();
    const { status, body } = await parts.admin.call('PUT', `/v1/admin/canary/${feature}`, rule);
    if (status !== 200) throw new Error(`the rule was answered ${status}: ${JSON.stringify(body)}`);
  };
  parts.rule = async (feature) => (await parts.admin.call('GET', `/v1/admin/canary/${feature}`)).body;
  afterEach(async () => {
    await clear();
    parts.legacy.requests = [];
    parts.legacy.answer = { pieces: LEGACY_PIECES };
  });
  afterAll(() => parts.legacy?.close());
  return parts;
}
