import { afterAll, beforeAll } from 'vitest';
import { CogneeSimulator } from '../fakes/cognee-simulator.js';
import { Mem0Simulator } from '../fakes/mem0-simulator.js';
import { MemobaseSimulator } from '../fakes/memobase-simulator.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type ConfigFiles, personality } from './config-folder.js';
import { startSimulatedServer } from './simulated-server.js';
import type { TestServer } from './test-server.js';

/** A server whose memory, profile and documents are other products, each simulated. */
export interface PersonalServices {
  url: string;
  server: TestServer;
  provider: ProviderSimulator;
  mem0: Mem0Simulator;
  memobase: MemobaseSimulator;
  cognee: CogneeSimulator;
}

/** A personality that asks all three; ask for it as `cozy/curious`. */
const CURIOUS = personality('curious', 'knowledge: { datasets: [docs], top_k: 3 }\n');

export function personalServices(config: ConfigFiles = {}, env: Record<string, string> = {}): PersonalServices {
  const parts = {} as PersonalServices;
  beforeAll(async () => {
    parts.provider = await startProviderSimulator();
    parts.mem0 = await new Mem0Simulator().listen();
    parts.memobase = await new MemobaseSimulator().listen();
    parts.cognee = await new CogneeSimulator().listen();
    parts.server = await startSimulatedServer(parts.provider, {
      config: { 'personalities/curious.yaml': CURIOUS, ...config },
      env: {
        MEM0_API_URL: parts.mem0.url,
        MEMOBASE_PROJECT_URL: parts.memobase.url,
        MEMOBASE_API_KEY: 'memobase-key',
        COGNEE_API_URL: parts.cognee.url,
        ...env,
      },
    });
    parts.url = parts.server.url;
  });
  afterAll(async () => {
    await parts.server?.stop();
    await Promise.all([parts.provider, parts.mem0, parts.memobase, parts.cognee].map((part) => part?.close()));
  });
  return parts;
}
