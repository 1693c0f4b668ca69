import { afterAll, afterEach, beforeAll } from 'vitest';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type ConfigFiles, configFolder } from './config-folder.js';
import { startTestServer, type Stores, type TestServer } from './test-server.js';

/** A server and the simulated provider that it asks. */
export interface SimulatedServer {
  url: string;
  provider: ProviderSimulator;
  server: TestServer;
}

export interface SimulatedServerOptions {
  config?: ConfigFiles;
  env?: Record<string, string>;
}

export const simulatedEnv = (provider: ProviderSimulator, options: SimulatedServerOptions = {}) => ({
  LOG_LEVEL: 'info',
  // A connection that a test left open must not hold up the end of its file.
  SHUTDOWN_GRACE_MS: '500',
  // A file of tests asks more in a minute than a person does.
  RATE_LIMIT_IP_PER_MINUTE: '100000',
  RATE_LIMIT_USER_PER_MINUTE: '100000',
  OPENAI_BASE_URL: provider.url,
  // The background asks the provider too, whenever it likes: only a file about its work says "all".
  ROLE: 'api',
  ...(options.config && { CONFIG_DIR: configFolder(options.config) }),
  ...options.env,
});

/** For tests that stop the server themselves. */
export async function startSimulatedServer(
  provider: ProviderSimulator,
  options: SimulatedServerOptions & { from?: Stores } = {},
): Promise<TestServer> {
  return startTestServer({ env: simulatedEnv(provider, options), ...(options.from && { from: options.from }) });
}

/** One server and one provider for the tests of a file. Each test finds the provider without scripts and records. */
export function simulatedServer(options: SimulatedServerOptions = {}): SimulatedServer {
  const parts = {} as SimulatedServer;
  beforeAll(async () => {
    parts.provider = await startProviderSimulator();
    parts.server = await startSimulatedServer(parts.provider, options);
    parts.url = parts.server.url;
  });
  afterEach(() => parts.provider.reset());
  afterAll(async () => {
    await parts.server?.stop();
    await parts.provider?.close();
  });
  return parts;
}
