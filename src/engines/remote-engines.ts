import type {
  KnowledgeEngineSection,
  MemoryEngineSection,
  ProfileEngineSection,
} from '../core/config/sections/personalization.section.js';
import { StartError } from '../core/errors/start.error.js';
import { CogneeKnowledgeEngine } from './knowledge/cognee/cognee-knowledge.engine.js';
import { Mem0MemoryEngine } from './memory/mem0/mem0-memory.engine.js';
import { MemobaseProfileEngine } from './profile/memobase/memobase-profile.engine.js';
import { configVersionOf } from './resilience/cache-key.js';
import type { GuardedTarget } from './resilience/resilient-call.js';
import type { EngineKind } from './resilience/resilience.port.js';

const MEM0_PLATFORM = 'https://api.mem0.ai';

type Section = MemoryEngineSection | ProfileEngineSection | KnowledgeEngineSection;

/** Undefined where the configuration asks for no remote engine. `idKey` is a secret that all instances share. */
export function remoteMemory(section: MemoryEngineSection, idKey: string): Mem0MemoryEngine | undefined {
  const { api_url: address, api_key: apiKey, hosted } = section.mem0;
  const baseUrl = address ?? (hosted ? MEM0_PLATFORM : undefined);
  if (!isChosen(section.provider, 'mem0', baseUrl)) return undefined;
  return new Mem0MemoryEngine({
    baseUrl: addressOf(baseUrl, 'engines.memory.mem0.api_url (MEM0_API_URL)'),
    apiKey,
    hosted,
    idKey,
    ...timeoutsOf(section),
  });
}

/** @param onBackgroundError told of extractions that failed; nobody waits for them. */
export function remoteProfile(
  section: ProfileEngineSection,
  onBackgroundError?: (error: unknown) => void,
): MemobaseProfileEngine | undefined {
  const { project_url: address, api_key: apiKey } = section.memobase;
  if (!isChosen(section.provider, 'memobase', address)) return undefined;
  const baseUrl = addressOf(address, 'engines.profile.memobase.project_url (MEMOBASE_PROJECT_URL)');
  return new MemobaseProfileEngine({ baseUrl, apiKey, onBackgroundError, ...timeoutsOf(section) });
}

export function remoteKnowledge(section: KnowledgeEngineSection): CogneeKnowledgeEngine | undefined {
  const { api_url: address, api_token: apiToken, username, password } = section.cognee;
  if (!isChosen(section.provider, 'cognee', address)) return undefined;
  const baseUrl = addressOf(address, 'engines.knowledge.cognee.api_url (COGNEE_API_URL)');
  if ((username === undefined) !== (password === undefined)) {
    throw new StartError('COGNEE_USERNAME and COGNEE_PASSWORD belong together; set both, or COGNEE_API_TOKEN instead.');
  }
  const credentials = username !== undefined && password !== undefined ? { username, password } : undefined;
  return new CogneeKnowledgeEngine({ baseUrl, apiToken, credentials, ...timeoutsOf(section) });
}

/** How an engine of this section is guarded. */
export function guardedTarget(
  kind: EngineKind,
  engine: Pick<GuardedTarget, 'provider' | 'isRemote'>,
  section: Section,
): GuardedTarget {
  return {
    kind,
    provider: engine.provider,
    isRemote: engine.isRemote,
    configVersion: configVersionOf(section),
    timeoutMs: section.timeout_ms,
    changeTimeoutMs: section.write_timeout_ms,
  };
}

const isChosen = (provider: Section['provider'], name: string, address: string | undefined): boolean =>
  provider === name || (provider === 'auto' && address !== undefined);

const timeoutsOf = (section: Section) => ({ timeoutMs: section.timeout_ms, writeTimeoutMs: section.write_timeout_ms });

function addressOf(address: string | undefined, key: string): string {
  if (address === undefined) throw new StartError(`${key} is missing; set it, or choose another provider.`);
  return address;
}
