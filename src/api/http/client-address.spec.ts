import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientAddress } from './client-address.js';

const request = (peer: string, forwarded?: string) =>
  ({
    socket: { remoteAddress: peer },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('clientAddress', () => {
  it.each([
    ['nobody is trusted', '', request('10.0.0.9', '192.0.2.1'), '10.0.0.9'],
    ['no header', '1', request('10.0.0.9'), '10.0.0.9'],
    ['one hop', '1', request('10.0.0.9', '192.0.2.1'), '192.0.2.1'],
    ['what the client wrote before its one proxy', '1', request('10.0.0.9', '203.0.113.5, 192.0.2.1'), '192.0.2.1'],
    ['two hops', '2', request('10.0.0.9', '203.0.113.5, 192.0.2.1'), '203.0.113.5'],
    ['a trusted range', '10.0.0.0/8, loopback', request('10.0.0.9', '192.0.2.1'), '192.0.2.1'],
    ['a stranger', '10.0.0.0/8', request('198.51.100.4', '192.0.2.1'), '198.51.100.4'],
  ])('%s', (_name, trustProxy, given, expected) => {
    expect(clientAddress(trustProxy)(given)).toBe(expected);
  });
});
