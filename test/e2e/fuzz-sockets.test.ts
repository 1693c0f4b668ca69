import * as fc from 'fast-check';
import type { Socket } from 'socket.io-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, newAccount } from '../setup/account.js';
import { NASTY } from '../setup/route-fuzz.js';
import { connected } from '../setup/socket.js';
import { ownServer } from '../setup/test-server.js';

const server = ownServer(() => ({ env: { WS_CONNECTS_PER_MINUTE: '1000', LOG_LEVEL: 'info' } }));
const SEED = 20_261_125;
/** Few enough for the limit of a socket, whatever comes of them. */
const MESSAGES = 60;
const FIELDS = [
  'call_id',
  'session_id',
  'text',
  'turn_id',
  'transport',
  'transport_id',
  'rtp_parameters',
  'invitation',
];
const EVENTS: Record<string, string[]> = {
  '/chat': ['chat.send', 'chat.cancel', 'chat.typing', 'constructor', 'nothing'],
  '/voice': (
    'call.start call.resume call.invite call.join call.leave call.remove call.update call.end transport.connect ' +
    'media.produce media.consume media.resume ice.restart text.send audio.append audio.commit audio.clear ' +
    'response.create response.cancel __proto__'
  ).split(' '),
};
let url: string;
let account: Account;

beforeAll(async () => {
  ({ url } = await server());
  account = await newAccount(url);
});

const junk = fc.oneof(
  fc.constantFrom(...NASTY).filter((value) => JSON.stringify(value).length < 40_000),
  fc.jsonValue({ maxDepth: 3 }),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
);
const body = fc.oneof(junk, fc.dictionary(fc.constantFrom(...FIELDS), fc.oneof(junk, fc.constant('socket'))));
const messages = (namespace: string) =>
  fc.sample(fc.tuple(fc.constantFrom(...(EVENTS[namespace] ?? [])), fc.array(body, { maxLength: 2 })), {
    numRuns: MESSAGES,
    seed: SEED,
  });

/** What was said to each message; none may be left without. */
const ask = (socket: Socket, event: string, said: unknown[]): Promise<{ ok?: unknown; error?: { code?: string } }> =>
  socket.timeout(15_000).emitWithAck(event, ...said) as Promise<{ ok?: unknown; error?: { code?: string } }>;

describe('nonsense', { timeout: 60_000 }, () => {
  it.each(Object.keys(EVENTS))('said to %s is answered, and leaves a server that works', async (namespace) => {
    const socket = await connected(url, namespace, account.token);
    const wrong: unknown[] = [];
    for (const [event, said] of messages(namespace)) {
      const answer = await ask(socket, event, said);
      const isFine =
        answer.ok === true || /^(VALIDATION|RESOURCE|RATE_LIMIT|ENGINE|AUTH)_/.test(answer.error?.code ?? '');
      if (!isFine) wrong.push([event, said, answer]);
    }
    socket.close();
    expect(wrong).toEqual([]);
    const again = await connected(url, namespace, account.token);
    again.close();
    const { output } = await server();
    expect(output.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });
});
