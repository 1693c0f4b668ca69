import { CozyError } from '../../../core/errors/cozy.error.js';
import { isUuid } from '../../../core/util/ids.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../../engine-health.js';
import { healthOf } from '../../engine-probe.js';
import { codeOfStatus, StatusError, statusOf } from '../../http-errors.js';
import { JsonHttp, type JsonHttpRequest } from '../../http-json.js';
import { textOf } from '../../lenient.js';
import type { MemoryTurn } from '../../memory/memory.port.js';
import { ProfileEngine, type ProfileFact } from '../profile.port.js';
import { BackgroundWork } from './background-work.js';
import { dataOf, errnoOf, factsOf, withinTokens } from './memobase-answers.js';
import { memobaseUserId } from './memobase-user.js';

export interface MemobaseOptions {
  baseUrl: string;
  apiKey?: string;
  timeoutMs: number;
  writeTimeoutMs: number;
  /** Told of extractions that failed; nobody waits for them. */
  onBackgroundError?: (error: unknown) => void;
}

/** Memobase. It extracts in the background, for a minute and more: what a turn said is known some time later. */
export class MemobaseProfileEngine extends ProfileEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'memobase';
  readonly isRemote = true;
  private readonly http: JsonHttp;
  private readonly extractions: BackgroundWork;

  constructor(private readonly options: MemobaseOptions) {
    super();
    const { baseUrl, timeoutMs, apiKey } = options;
    this.http = new JsonHttp({
      service: 'profile service',
      baseUrl,
      timeoutMs,
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    });
    this.extractions = new BackgroundWork((uid) => this.extract(uid), options.onBackgroundError);
  }

  async get(userId: string, maxTokens: number, signal: AbortSignal): Promise<string> {
    const path = `/api/v1/users/context/${memobaseUserId(userId)}`;
    const body = await this.read({ method: 'GET', path, query: { max_token_size: maxTokens } }, signal);
    return withinTokens(textOf(dataOf(body)?.['context']) ?? '', maxTokens);
  }

  /** At least once: the turn's id stands beside what it said. */
  async update(turn: MemoryTurn, signal: AbortSignal): Promise<void> {
    const uid = memobaseUserId(turn.userId);
    const timeoutMs = this.options.writeTimeoutMs;
    const messages = turn.messages.map(({ role, content, createdAt }) => ({
      role,
      content,
      created_at: createdAt.toISOString(),
    }));
    const insertion: JsonHttpRequest = {
      method: 'POST',
      path: `/api/v1/blobs/insert/${uid}`,
      json: { blob_type: 'chat', blob_data: { messages }, fields: { cozy_turn_id: turn.turnId } },
      timeoutMs,
    };
    try {
      await this.ask(insertion, signal);
    } catch (error) {
      if (!mayLackUser(error)) throw error;
      await this.ask({ method: 'POST', path: '/api/v1/users', json: { id: uid }, timeoutMs }, signal).catch(() => {
        signal.throwIfAborted();
        throw error;
      });
      await this.ask(insertion, signal);
    }
    this.extractions.start(uid);
  }

  async facts(userId: string, signal: AbortSignal): Promise<ProfileFact[]> {
    return factsOf(await this.read({ method: 'GET', path: `/api/v1/users/profile/${memobaseUserId(userId)}` }, signal));
  }

  setFact(): Promise<ProfileFact> {
    return Promise.reject(unsupported('The profile service learns from conversations only; tell it in one.'));
  }

  async removeFact(userId: string, id: string, signal: AbortSignal): Promise<boolean> {
    if (!isUuid(id)) return false;
    // The service answers for a profile that is not there as for one that is: only the user's own list tells.
    const known = await this.facts(userId, signal);
    if (known.every((fact) => fact.id !== id)) return false;
    return this.delete(`/api/v1/users/profile/${memobaseUserId(userId)}/${id}`, signal);
  }

  removeSession(): Promise<void> {
    return Promise.reject(unsupported('The profile service cannot tell what it has learned from one session.'));
  }

  /** The user there, with everything that the service has heard, also what it is still working on. */
  async removeAll(userId: string, signal: AbortSignal): Promise<void> {
    await this.delete(`/api/v1/users/${memobaseUserId(userId)}`, signal);
  }

  health(signal: AbortSignal): Promise<EngineHealth> {
    return healthOf(() => this.ask({ method: 'GET', path: '/api/v1/healthcheck' }, signal), signal);
  }

  async close(): Promise<void> {
    this.extractions.close();
    await this.http.close();
  }

  private async extract(uid: string): Promise<void> {
    const timeoutMs = this.options.writeTimeoutMs;
    const path = `/api/v1/users/buffer/${uid}/chat`;
    await this.ask({ method: 'POST', path, timeoutMs }, new AbortController().signal);
  }

  /** False where there is nothing to delete. */
  private async delete(path: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.ask({ method: 'DELETE', path, timeoutMs: this.options.writeTimeoutMs }, signal);
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  /** A user of whom nothing is known yet has no profile; that is no failure. */
  private async read(request: JsonHttpRequest, signal: AbortSignal): Promise<unknown> {
    try {
      return await this.ask(request, signal);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** An error may come as HTTP 200 with a number of its own, which follows the HTTP statuses. */
  private async ask(request: JsonHttpRequest, signal: AbortSignal): Promise<unknown> {
    const { body } = await this.http.send(request, signal);
    const errno = errnoOf(body);
    if (errno === 0) return body;
    const code = errno !== undefined && errno >= 400 ? codeOfStatus(errno) : 'ENGINE_BAD_RESPONSE';
    throw this.http.error(code, request, new StatusError(errno ?? 0));
  }
}

/** An unknown user is told as not found, or as whatever the database said; one more call is cheap. */
const mayLackUser = (error: unknown): boolean =>
  error instanceof CozyError && ['ENGINE_REQUEST_REJECTED', 'ENGINE_UNAVAILABLE'].includes(error.code);

const unsupported = (message: string) => new CozyError('ENGINE_UNSUPPORTED', { message });
