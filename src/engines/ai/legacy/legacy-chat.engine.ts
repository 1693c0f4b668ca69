import { CozyError } from '../../../core/errors/cozy.error.js';
import { AiEngine, type AiEvent, type AiRequest, type EmbeddingResult } from '../ai.port.js';
import { chatParams } from '../openai/openai-request.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../../engine-health.js';
import { LegacyReader } from './legacy-reader.js';
import type { LegacyAnswer } from './legacy-upstreams.port.js';

/** As most current models have; the earlier server shortens by itself what is too long for its own. */
const CONTEXT_WINDOW = 128_000;

export type LegacyBytes = Pick<LegacyAnswer, 'contentType' | 'bytes'>;
type Ask = (body: object, signal: AbortSignal) => Promise<LegacyBytes>;

/**
 * An earlier server as the model of one user's turn. It is told what was said and nothing of this server's own, and asked
 * to keep nothing: the turn is kept here.
 */
export class LegacyChatEngine extends AiEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  /** The server's tools are not for it to call: it has its own. The caller's functions are handed on. */
  readonly capabilities = { tools: false, vision: true, embeddings: false, instructions: true };
  readonly defaultModel: string;
  readonly contextWindow = CONTEXT_WINDOW;

  /** @param provider the upstream's name, which also stands for a model that the request does not name. */
  constructor(
    readonly provider: string,
    private readonly ask: Ask,
  ) {
    super();
    this.defaultModel = provider;
  }

  override async *stream(request: AiRequest, signal: AbortSignal): AsyncGenerator<AiEvent, void, undefined> {
    let reader: LegacyReader | undefined;
    try {
      const { contentType, bytes } = await this.ask(this.bodyOf(request), signal);
      reader = new LegacyReader(contentType, request.model);
      for await (const piece of bytes) {
        const events = reader.push(piece);
        yield* events;
        if (events.at(-1)?.type === 'error') return;
      }
      yield* reader.end();
    } catch (thrown) {
      if (signal.aborted) return;
      if (reader?.standing.isWhole) yield* reader.end();
      else yield { type: 'error', error: asOurs(thrown) };
    }
  }

  override embed(): Promise<EmbeddingResult> {
    return Promise.reject(new CozyError('ENGINE_CAPABILITY_MISSING'));
  }

  override models(): Promise<string[]> {
    return Promise.resolve([]);
  }

  /** Which models there are is for the earlier server to say. */
  override allows(): boolean {
    return true;
  }

  override health(): Promise<EngineHealth> {
    return Promise.resolve({ status: 'up' });
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  private bodyOf(request: AiRequest): object {
    const { model, ...body } = chatParams(request, false);
    return { ...body, ...(model !== this.defaultModel && { model }), store: false };
  }
}

const asOurs = (thrown: unknown): CozyError =>
  thrown instanceof CozyError ? thrown : new CozyError('ENGINE_FAILED', { cause: thrown });
