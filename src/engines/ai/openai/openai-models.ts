import { CozyError } from '../../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../../core/errors/error-table.js';
import type { EngineHealth } from '../../engine-health.js';
import { isRecord } from '../../json-record.js';
import { ProtocolError } from '../../openai/provider-failure.js';

const FRESH_MS = 5 * 60_000;
/** A provider that cannot list its models is not asked again by every request. */
const FAILED_MS = 15_000;
const MAX_MODELS = 2000;

export interface ModelListOptions {
  defaultModel: string;
  embeddingModel: string;
  /** `['*']`: whatever the provider lists. */
  allowedModels: readonly string[];
}

/** Which models callers may name: those configured, or the provider's own list, remembered for five minutes. */
export class ModelList {
  private readonly isOpen: boolean;
  private readonly allowed: ReadonlySet<string>;
  private remembered: { ids: string[]; until: number } | undefined;
  private asking: Promise<string[]> | undefined;

  /** @param ask asks the provider; rejects when it fails. */
  constructor(
    private readonly options: ModelListOptions,
    private readonly ask: () => Promise<string[]>,
    private readonly now: () => number = Date.now,
  ) {
    this.isOpen = options.allowedModels.includes('*');
    const named = options.allowedModels.filter((model) => model !== '*');
    this.allowed = new Set([options.defaultModel, ...named]);
  }

  allows(model: string): boolean {
    if (model === '') return false;
    return this.isOpen || this.allowed.has(model) || model === this.options.embeddingModel;
  }

  /** The default model first, each once. Never rejects: a provider that fails leaves what is configured. */
  async get(): Promise<string[]> {
    if (!this.isOpen) return [...this.allowed];
    if (this.remembered !== undefined && this.now() < this.remembered.until) return [...this.remembered.ids];
    this.asking ??= this.refresh();
    return [...(await this.asking)];
  }

  private async refresh(): Promise<string[]> {
    const listed = await this.ask().catch(() => undefined);
    const ids = [...new Set([...this.allowed, ...(listed ?? [])])];
    this.remembered = { ids, until: this.now() + (listed === undefined ? FAILED_MS : FRESH_MS) };
    this.asking = undefined;
    return ids;
  }
}

/** The ids of a GET /models answer. Throws a ProtocolError when it is something else. */
export function modelIdsOf(answer: unknown): string[] {
  const data = isRecord(answer) ? answer['data'] : undefined;
  if (!Array.isArray(data)) throw new ProtocolError('GET /models gave no list.');
  return data
    .map((model: unknown) => (isRecord(model) ? model['id'] : undefined))
    .filter((id): id is string => typeof id === 'string' && id !== '')
    .slice(0, MAX_MODELS);
}

const REASONS: Partial<Record<ErrorCode, EngineHealth>> = {
  ENGINE_AUTH_FAILED: { status: 'down', reason: 'The provider refuses the configured API key.' },
  ENGINE_UNAVAILABLE: { status: 'down', reason: 'The provider cannot be reached at the configured base URL.' },
  ENGINE_TIMEOUT: { status: 'down', reason: 'The provider did not answer in time.' },
  ENGINE_RATE_LIMITED: { status: 'degraded', reason: 'The provider limits our requests.' },
  INTERNAL_SHUTTING_DOWN: { status: 'down', reason: 'The engine is closed.' },
  // A server that answers but does not list its models can still chat.
  RESOURCE_MODEL_NOT_FOUND: { status: 'up' },
  ENGINE_REQUEST_REJECTED: { status: 'up' },
  ENGINE_BAD_RESPONSE: { status: 'degraded', reason: 'GET /models gave no list: check that the base URL ends as /v1.' },
};

/** What a failed GET /models says of the provider, in words for the operator. */
export function healthOf(error: unknown): EngineHealth {
  const known = error instanceof CozyError ? REASONS[error.code] : undefined;
  return known ?? { status: 'degraded', reason: 'The provider answers with errors.' };
}
