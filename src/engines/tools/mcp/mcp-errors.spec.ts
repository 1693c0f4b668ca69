import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../../core/logging/redact.js';
import { BROKEN_OFF, ConnectionLost, errorOfCall, isSessionGone, neverArrived, reasonOf } from './mcp-errors.js';

const http = (status: number, message = 'secret') =>
  new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, message, { status, statusText: 'secret' });
const system = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error('secret'), { code }) });
const refused = Object.assign(new AggregateError([system('ECONNREFUSED').cause]), { message: 'secret' });
const protocol = (code: number, message: string, data?: unknown) => new ProtocolError(code, message, data);
const sdk = (code: SdkErrorCode) => new SdkError(code, 'secret');

describe('What went wrong with an MCP server', () => {
  it.each([
    [system('ENOENT'), 'Check "command"', 'TOOL_UNAVAILABLE', false],
    [system('ECONNREFUSED'), 'Nothing listens', 'TOOL_UNAVAILABLE', true],
    [refused, 'Nothing listens', 'TOOL_UNAVAILABLE', true],
    [system('ECONNRESET'), 'reset', 'TOOL_UNAVAILABLE', false],
    [system('ESTRANGE'), 'ESTRANGE', 'TOOL_UNAVAILABLE', false],
    [new TypeError('fetch failed', { cause: new Error('bad port') }), 'cannot be used', 'TOOL_UNAVAILABLE', true],
    [
      new TypeError('Request cannot be constructed from a URL that includes credentials: http://u:secret@host/'),
      'cannot be used',
      'TOOL_UNAVAILABLE',
      true,
    ],
    [http(401), 'credentials (HTTP 401)', 'TOOL_UNAVAILABLE', false],
    [http(307), 'redirects elsewhere', 'TOOL_UNAVAILABLE', false],
    [http(500), 'HTTP 500', 'TOOL_UNAVAILABLE', false],
    [http(404), 'HTTP 404', 'TOOL_UNAVAILABLE', true],
    [http(400, 'Bad Request: No valid session ID provided'), 'HTTP 400', 'TOOL_UNAVAILABLE', true],
    [http(400, 'Bad Request'), 'HTTP 400', 'TOOL_UNAVAILABLE', false],
    [sdk(SdkErrorCode.ConnectionClosed), 'ended', 'TOOL_UNAVAILABLE', false],
    [sdk(SdkErrorCode.InvalidResult), 'protocol', 'TOOL_FAILED', false],
    [protocol(-32_602, 'No such city'), 'error -32602', 'TOOL_FAILED', false],
    [protocol(BROKEN_OFF.code, BROKEN_OFF.message, BROKEN_OFF.data), 'broke', 'TOOL_UNAVAILABLE', false],
    [new ConnectionLost('The connection ended.'), 'ended', 'TOOL_UNAVAILABLE', false],
    [new ConnectionLost('The connection ended.', false), 'ended', 'TOOL_UNAVAILABLE', true],
    ['thrown words', 'protocol', 'TOOL_UNAVAILABLE', false],
  ])('is told to operator and model, and decides on another attempt: %#', (error, reason, code, again) => {
    expect(reasonOf(error)).toContain(reason);
    expect(reasonOf(error)).not.toContain('secret');
    expect(errorOfCall(error)).toMatchObject({ code });
    expect(errorOfCall(error).message).not.toContain('secret');
    expect(JSON.stringify(describeError(errorOfCall(error).cause))).not.toMatch(/secret|No such city/);
    expect(neverArrived(error)).toBe(again);
  });

  it('is a lost session only where the server says so', () => {
    expect(isSessionGone(http(404))).toBe(true);
    expect(isSessionGone(http(410))).toBe(false);
    expect(isSessionGone(protocol(-32_001, 'Session not found'))).toBe(false);
  });
});
