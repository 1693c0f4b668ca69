import { Injectable } from '@nestjs/common';
import { CanarySection, type LegacyUpstreamSection } from '../../../core/config/sections/canary.section.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { Deadline } from '../../../core/util/deadline.js';
import type { AiEngine } from '../ai.port.js';
import { codeOfStatus, serviceError, StatusError } from '../../http-errors.js';
import { OpenAiTransport } from '../../openai/openai-transport.js';
import { isMapped, legacyHeaders } from './legacy-identity.js';
import { type LegacyBytes, LegacyChatEngine } from './legacy-chat.engine.js';
import { LegacyReader } from './legacy-reader.js';
import { type LegacyAnswer, type LegacyCaller, LegacyUpstreams } from './legacy-upstreams.port.js';

const SERVICE = 'chat service';

/** CozyChat servers over HTTP. Redirects are not followed: a user's token must not travel to another host. */
@Injectable()
export class HttpLegacyUpstreams extends LegacyUpstreams {
  private readonly transport = new OpenAiTransport();
  private readonly byName: ReadonlyMap<string, LegacyUpstreamSection>;

  constructor({ upstreams }: CanarySection) {
    super();
    this.byName = new Map(upstreams.map((upstream) => [upstream.name, upstream]));
  }

  get names(): readonly string[] {
    return [...this.byName.keys()];
  }

  knows(name: string, userId: string): boolean {
    const upstream = this.byName.get(name);
    return upstream !== undefined && isMapped(upstream, userId);
  }

  async ask(name: string, caller: LegacyCaller, body: object, signal: AbortSignal): Promise<LegacyAnswer> {
    const { contentType, bytes } = await this.open(name, caller, body, signal);
    const reader = new LegacyReader(contentType, name);
    return { contentType, bytes: heard(bytes, reader), standing: () => reader.standing };
  }

  private async open(name: string, caller: LegacyCaller, body: object, signal: AbortSignal): Promise<LegacyBytes> {
    const upstream = this.byName.get(name);
    if (!upstream) throw serviceError(SERVICE, 'ENGINE_UNAVAILABLE');
    const deadline = new Deadline(signal, upstream.first_byte_timeout_ms);
    // From the first byte on, silence is what ends an answer, not its length.
    const whole = new AbortController();
    const stop = () => whole.abort();
    deadline.signal.addEventListener('abort', stop, { once: true });
    try {
      const response = await deadline.race(this.send(upstream, caller, body, whole.signal));
      refuseFailure(response, body);
      const bytes = this.transport.bytesOf(response) ?? wholeOf(response);
      return {
        contentType: response.headers.get('content-type') ?? '',
        bytes: watched(bytes, upstream.idle_timeout_ms, signal, stop),
      };
    } catch (thrown) {
      stop();
      signal.throwIfAborted();
      if (thrown instanceof CozyError) throw thrown;
      throw serviceError(SERVICE, deadline.endedBy === 'timeout' ? 'ENGINE_TIMEOUT' : 'ENGINE_UNAVAILABLE', thrown);
    } finally {
      deadline.release();
    }
  }

  modelFor(name: string, caller: LegacyCaller): AiEngine {
    return new LegacyChatEngine(name, (body, signal) => this.open(name, caller, body, signal));
  }

  close(): void {
    this.transport.close();
  }

  private async send(
    upstream: LegacyUpstreamSection,
    caller: LegacyCaller,
    body: object,
    signal: AbortSignal,
  ): Promise<Response> {
    const headers = await legacyHeaders(upstream, caller);
    return this.transport.fetch(upstream.url, { method: 'POST', headers, body: JSON.stringify(body), signal });
  }
}

/** A page where an answer should be is somebody else's: a proxy, a sign-in. */
const isAnswer = (contentType: string) => /^(text\/event-stream|application\/([\w.+-]*\+)?json)\b/i.test(contentType);

function refuseFailure({ status, headers }: Response, body: object): void {
  if (status >= 200 && status < 300) {
    if (!isAnswer(headers.get('content-type') ?? '')) throw serviceError(SERVICE, 'ENGINE_BAD_RESPONSE');
    return;
  }
  const cause = new StatusError(status);
  if (status === 404 && 'session_id' in body && Boolean(body.session_id)) {
    throw new CozyError('RESOURCE_SESSION_NOT_FOUND', { param: 'session_id', cause });
  }
  if (status === 413) throw new CozyError('VALIDATION_BODY_TOO_LARGE', { cause });
  throw serviceError(SERVICE, codeOfStatus(status), cause, headers.get('retry-after') ?? undefined);
}

async function* wholeOf(response: Response): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(await response.arrayBuffer());
}

/** What the server says is listened to, too: it may fail under status 200. */
async function* heard(bytes: AsyncIterable<Uint8Array>, reader: LegacyReader): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    reader.push(piece);
    yield piece;
  }
  reader.end();
}

/** Ends what falls silent, and what its reader has left. Time that the reader takes does not count. */
async function* watched(
  bytes: AsyncIterable<Uint8Array>,
  idleMs: number,
  signal: AbortSignal,
  stop: () => void,
): AsyncGenerator<Uint8Array> {
  let isSilent = false;
  const watch = () =>
    setTimeout(() => {
      isSilent = true;
      stop();
    }, idleMs);
  signal.addEventListener('abort', stop, { once: true });
  let timer = watch();
  try {
    signal.throwIfAborted();
    for await (const piece of bytes) {
      clearTimeout(timer);
      yield piece;
      timer = watch();
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw serviceError(SERVICE, isSilent ? 'ENGINE_TIMEOUT' : 'ENGINE_STREAM_CUT', thrown);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    stop();
  }
}
