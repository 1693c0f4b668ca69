import { badCursor } from '../../../core/errors/bad-cursor.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../../engine-health.js';
import { healthOf } from '../../engine-probe.js';
import { serviceError, statusOf } from '../../http-errors.js';
import { JsonHttp, type JsonHttpRequest } from '../../http-json.js';
import { numberOf, recordOf, textOf } from '../../lenient.js';
import {
  type Memory,
  MemoryEngine,
  type MemoryOrigin,
  type MemoryPage,
  type MemoryScope,
  type MemoryTurn,
} from '../memory.port.js';
import {
  isOf,
  memoryOf,
  MESSAGE_MARK,
  newestFirst,
  PERSONALITY_MARK,
  resultsOf,
  TURN_MARK,
  withoutRepeats,
} from './mem0-answers.js';
import { OwnedIds } from './owned-id.js';

const SERVICE = 'memory service';
/** The server gives all at once, and never more than this; older ones not even that many. */
const MOST_LISTED = 1000;
const MOST_LISTED_ONCE = 100;
const MOST_A_PAGE = 100;

export interface Mem0Options {
  baseUrl: string;
  apiKey?: string;
  /** Whether `baseUrl` is the hosted platform, which adds and searches at other paths. */
  hosted: boolean;
  timeoutMs: number;
  /** Extraction asks a model before an addition is answered. */
  writeTimeoutMs: number;
  /** Secret of this server: signs the ids that users see. */
  idKey: string;
}

/** Mem0: the open-source server, or the hosted platform's v3 API. */
export class Mem0MemoryEngine extends MemoryEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'mem0';
  readonly isRemote = true;
  /** Each turn bears its own mark. */
  readonly batchSize = 1;
  private readonly http: JsonHttp;
  private readonly ids: OwnedIds;

  constructor(private readonly options: Mem0Options) {
    super();
    const { baseUrl, timeoutMs, apiKey, hosted } = options;
    this.http = new JsonHttp({
      service: SERVICE,
      baseUrl,
      timeoutMs,
      headers: apiKey === undefined ? {} : keyHeader(apiKey, hosted),
    });
    this.ids = new OwnedIds(options.idKey);
  }

  /** Of all of the user's sessions: the session of a memory tells where it was said, not who may hear of it. */
  async search(query: string, { userId }: MemoryScope, topK: number, signal: AbortSignal): Promise<Memory[]> {
    const { hosted } = this.options;
    const scope = { filters: { user_id: userId }, ...(!hosted && { user_id: userId }) };
    const request: JsonHttpRequest = {
      method: 'POST',
      path: hosted ? '/v3/memories/search/' : '/search',
      json: { query, ...scope, top_k: topK },
    };
    const { body } = await this.http.send(request, signal);
    const items = resultsOf(body);
    if (items === undefined) throw this.http.error('ENGINE_BAD_RESPONSE', request, new Error('It holds no results.'));
    const memories = items
      .filter((item) => isOf(userId, item))
      .map(memoryOf)
      .filter((memory) => memory !== undefined);
    return withoutRepeats(memories)
      .slice(0, topK)
      .map((memory) => this.signed(userId, memory));
  }

  async addAll(turns: readonly MemoryTurn[], signal: AbortSignal): Promise<void> {
    for (const turn of turns) await this.add(turn, signal);
  }

  private async add(turn: MemoryTurn, signal: AbortSignal): Promise<void> {
    const said = turn.messages.find(({ role }) => role === 'user');
    await this.store(
      {
        messages: turn.messages.map(({ role, content }) => ({ role, content })),
        user_id: turn.userId,
        ...(turn.sessionId !== null && { run_id: turn.sessionId }),
        metadata: {
          [TURN_MARK]: turn.turnId,
          [PERSONALITY_MARK]: turn.personalityId,
          ...(said !== undefined && { [MESSAGE_MARK]: said.id }),
        },
        infer: true,
      },
      signal,
    );
  }

  /** The platform lists by pages, whose number is the cursor; the server gives all at once, cut into pages here. */
  async list(userId: string, limit: number, cursor: string | null, signal: AbortSignal): Promise<MemoryPage> {
    const size = Math.max(1, Math.min(limit, MOST_A_PAGE));
    const page = pageOf(cursor);
    const request: JsonHttpRequest = this.options.hosted
      ? {
          method: 'POST',
          path: '/v3/memories/',
          query: { page, page_size: size },
          json: { filters: { user_id: userId } },
        }
      : { method: 'GET', path: '/memories', query: { user_id: userId, top_k: MOST_LISTED } };
    const { body } = await this.http.send(request, signal);
    const items = resultsOf(body);
    if (items === undefined) throw this.http.error('ENGINE_BAD_RESPONSE', request, new Error('It holds no results.'));
    const own = items.filter((item) => isOf(userId, item));
    const memories = own
      .map(memoryOf)
      .filter((memory) => memory !== undefined)
      .map((memory) => ({ ...this.signed(userId, memory), score: null }));
    if (!this.options.hosted) return cutPage(newestFirst(memories), page, size);
    const told = numberOf(recordOf(body)?.['count']);
    const more = told === null ? items.length >= size : page * size < told && items.length > 0;
    return { items: memories, nextCursor: more ? String(page + 1) : null };
  }

  /**
   * The hosted platform stores in the background and answers with a receipt only; its memory then has the receipt's id
   * until it is found by a search.
   */
  async remember(userId: string, text: string, signal: AbortSignal, origin: MemoryOrigin = {}): Promise<Memory> {
    const body = await this.store(
      {
        messages: [{ role: 'user', content: text }],
        user_id: userId,
        ...placeOf(origin),
        infer: false,
      },
      signal,
    );
    const [stored] = resultsOf(body) ?? [];
    const id = textOf(stored?.['id']) ?? textOf(recordOf(body)?.['event_id']);
    if (id === undefined) throw serviceError(SERVICE, 'ENGINE_BAD_RESPONSE', new Error('The addition has no id.'));
    return this.signed(userId, {
      id,
      text,
      score: null,
      createdAt: new Date(),
      sessionId: origin.sessionId ?? null,
      messageId: null,
    });
  }

  async remove(userId: string, id: string, signal: AbortSignal): Promise<boolean> {
    const own = this.ids.open(userId, id);
    if (own === undefined) return false;
    const name = encodeURIComponent(own);
    const path = this.options.hosted ? `/v1/memories/${name}/` : `/memories/${name}`;
    try {
      await this.http.send({ method: 'DELETE', path }, signal);
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  removeSession(userId: string, sessionId: string, signal: AbortSignal): Promise<void> {
    return this.removeWhere({ user_id: userId, run_id: sessionId }, signal);
  }

  removeAll(userId: string, signal: AbortSignal): Promise<void> {
    return this.removeWhere({ user_id: userId }, signal);
  }

  health(signal: AbortSignal): Promise<EngineHealth> {
    return healthOf(() => this.http.send({ method: 'GET', path: '/', expect: 'any' }, signal), signal);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async removeWhere(query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    // To the platform a star, and to both an empty value, would mean everybody's.
    if (Object.values(query).some((value) => !/^[\w-]+$/.test(value))) {
      throw serviceError(SERVICE, 'ENGINE_REQUEST_REJECTED', new Error('That is no id of a user or a session.'));
    }
    const path = this.options.hosted ? '/v1/memories/' : '/memories';
    await this.http.send({ method: 'DELETE', path, query, timeoutMs: this.options.writeTimeoutMs }, signal);
  }

  private async store(json: object, signal: AbortSignal): Promise<unknown> {
    const path = this.options.hosted ? '/v3/memories/add/' : '/memories';
    const timeoutMs = this.options.writeTimeoutMs;
    return (await this.http.send({ method: 'POST', path, json, timeoutMs }, signal)).body;
  }

  private signed(userId: string, memory: Memory): Memory {
    return { ...memory, id: this.ids.sign(userId, memory.id) };
  }
}

const placeOf = ({ sessionId = null, turnId = null }: MemoryOrigin) => ({
  ...(sessionId !== null && { run_id: sessionId }),
  metadata: { cozy_remembered: true, ...(turnId !== null && { [TURN_MARK]: turnId }) },
});

const keyHeader = (key: string, hosted: boolean): Record<string, string> =>
  hosted ? { authorization: `Token ${key}` } : { 'x-api-key': key };

function pageOf(cursor: string | null): number {
  if (cursor === null) return 1;
  if (/^[1-9]\d{0,8}$/.test(cursor)) return Number(cursor);
  throw badCursor();
}

function cutPage(all: readonly Memory[], page: number, size: number): MemoryPage {
  const end = page * size;
  const mayMiss = all.length >= MOST_LISTED || all.length === MOST_LISTED_ONCE;
  return {
    items: all.slice(end - size, end),
    nextCursor: end < all.length ? String(page + 1) : null,
    ...(mayMiss && { mayMiss }),
  };
}
