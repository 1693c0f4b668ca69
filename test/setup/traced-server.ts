import { randomBytes } from 'node:crypto';
import type { ProviderSimulator } from '../fakes/provider-simulator.js';
import type { ConfigFiles } from './config-folder.js';
import { startSimulatedServer } from './simulated-server.js';
import type { TestServer } from './test-server.js';

/**
 * No model learns: the provider is asked by turns alone. Engines may take their time on a busy machine. Its callers are
 * believed, so that a test finds its own traces.
 */
const PATIENT = { timeout_ms: 5000 };
const RULES = {
  'engines.development.yaml': {
    memory: { extraction: 'rules', ...PATIENT },
    profile: { extraction: 'rules', ...PATIENT },
    knowledge: PATIENT,
  },
  'observability.development.yaml': { traces: { trust_incoming: true } },
};

/** A server with its worker that is traced to a collector. */
export const startTracedServer = (
  provider: ProviderSimulator,
  collectorUrl: string,
  env: Record<string, string> = {},
  config: ConfigFiles = {},
): Promise<TestServer> =>
  startSimulatedServer(provider, {
    config: { ...RULES, ...config },
    env: { ROLE: 'all', OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl, OTEL_BSP_SCHEDULE_DELAY: '50', ...env },
  });

/** A trace of somebody else's, to be continued. */
export const newTrace = () => {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
};
