import { describe, expect, it } from 'vitest';
import { offeredProtocols, socketCredential } from './socket-credential.js';

describe('the credential of a WebSocket', () => {
  it.each([
    ['a header', { authorization: 'Bearer abc' }, '', 'abc'],
    ['a header, before the query', { authorization: 'Bearer abc' }, '?token=def', 'abc'],
    ['the query', {}, '?token=def', 'def'],
    ['a ticket', {}, '?ticket=ghi', 'ghi'],
    ['a subprotocol', { 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.jkl' }, '', 'jkl'],
    ['nothing', {}, '?token=', undefined],
    ['something too long', {}, `?token=${'x'.repeat(4097)}`, undefined],
  ])('is in %s', (_where, headers, query, expected) => {
    expect(socketCredential(headers, new URLSearchParams(query))).toBe(expected);
  });

  it('is no subprotocol to be answered', () => {
    const headers = { 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.jkl ,bearer.x, v2' };
    expect(offeredProtocols(headers)).toEqual(['realtime', 'v2']);
  });
});
