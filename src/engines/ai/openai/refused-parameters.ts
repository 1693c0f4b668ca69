import { APIError } from 'openai';
import { LRUCache } from 'lru-cache';
import type { AiRequest } from '../ai.port.js';
import { NONE_REFUSED, type RefusedParameter } from './openai-request.js';

/** Where a model takes only one of two, the first of these goes. */
const PARAMETERS: readonly RefusedParameter[] = ['top_p', 'temperature', 'max_tokens'];

const MOST_MODELS = 1000;
const KEEP_MS = 3_600_000;

/** As OpenAI, Azure, Anthropic and LiteLLM say it: of some models, all but the standard value is unsupported. */
const REFUSED_WORDS = /unsupported|(?:not|n't) support|cannot both/i;

/** What models have refused to be told; reasoning models take no temperature, and call the limit of tokens otherwise. */
export class RefusedParameters {
  private readonly byModel = new LRUCache<string, ReadonlySet<RefusedParameter>>({ max: MOST_MODELS, ttl: KEEP_MS });

  of(model: string): ReadonlySet<RefusedParameter> {
    return this.byModel.get(model) ?? NONE_REFUSED;
  }

  /**
   * Notes what `thrown` tells of the model. True where the request can be asked once more, otherwise worded.
   *
   * @param known what was known when it was asked: of several at the same time each is told anew.
   */
  learn(thrown: unknown, request: AiRequest, known: ReadonlySet<RefusedParameter>): boolean {
    const refused = PARAMETERS.find(
      (parameter) => !known.has(parameter) && canSpare(request, parameter) && isRefused(thrown, parameter),
    );
    if (refused === undefined) return false;
    this.byModel.set(request.model, new Set([...this.of(request.model), refused]));
    return true;
  }
}

/** What the caller insists on is for the provider to refuse. A limit is not left out, only named otherwise. */
function canSpare(request: AiRequest, parameter: RefusedParameter): boolean {
  if (parameter === 'max_tokens') return request.maxTokens !== undefined;
  const field = parameter === 'top_p' ? 'topP' : parameter;
  return request[field] !== undefined && (request.dispensable?.includes(field) ?? false);
}

function isRefused(thrown: unknown, parameter: RefusedParameter): boolean {
  if (!(thrown instanceof APIError) || (thrown.status !== 400 && thrown.status !== 422)) return false;
  const { param, message } = thrown;
  return (param === parameter || new RegExp(`\\b${parameter}\\b`).test(message)) && REFUSED_WORDS.test(message);
}
