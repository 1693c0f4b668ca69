import {
  BadRequestException,
  ForbiddenException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  PayloadTooLargeException,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import { ERROR_TABLE, type ErrorCode } from '../../core/errors/error-table.js';
import { asCozyError, bodyParserError, errorBody } from './error-body.js';

describe('errorBody', () => {
  it('is for OpenAI’s SDKs, the engine’s clients and the web app at once', () => {
    const error = new CozyError('VALIDATION_FAILED', { message: 'x is wrong.', param: 'x', details: { a: 1 } });
    expect(errorBody(error, 'r-1')).toEqual({
      error: {
        message: 'x is wrong.',
        type: 'invalid_request_error',
        param: 'x',
        code: 'VALIDATION_FAILED',
        request_id: 'r-1',
        details: { a: 1 },
      },
      message: 'x is wrong.',
      detail: 'x is wrong.',
    });
  });

  it('never tells the cause', () => {
    const body = errorBody(new CozyError('ENGINE_FAILED', { cause: new Error('inner words') }), undefined);
    expect(JSON.stringify(body)).not.toContain('inner words');
    expect(body.error).toMatchObject({ param: null, request_id: null, details: {} });
  });
});

describe('the error table', () => {
  it.each(Object.entries(ERROR_TABLE))(
    '%s belongs to a family, has a fitting status and says what to do',
    (code, row) => {
      expect(code).toMatch(/^(AUTH|VALIDATION|RESOURCE|ENGINE|STORAGE|TOOL|RATE_LIMIT|INTERNAL)_[A-Z_]+$/);
      expect(row.status).toBeGreaterThanOrEqual(400);
      expect(row.status).toBeLessThan(600);
      expect(row.message).toMatch(/^[A-Z].*\.$/);
      const type = { 401: 'authentication_error', 403: 'permission_error', 429: 'rate_limit_error' }[row.status];
      expect(row.type).toBe(type ?? (row.status >= 500 ? 'api_error' : 'invalid_request_error'));
    },
  );
});

describe('asCozyError', () => {
  it('leaves the engine’s own errors alone', () => {
    const error = new CozyError('RESOURCE_CONFLICT');
    expect(asCozyError(error)).toBe(error);
  });

  it.each<[unknown, ErrorCode]>([
    [new BadRequestException('inner words'), 'VALIDATION_FAILED'],
    [new ForbiddenException('inner words'), 'AUTH_FORBIDDEN'],
    [new NotFoundException('inner words'), 'RESOURCE_ROUTE_NOT_FOUND'],
    [new PayloadTooLargeException('inner words'), 'VALIDATION_BODY_TOO_LARGE'],
    [new HttpException('inner words', 418), 'VALIDATION_FAILED'],
    [new HttpException('inner words', 507), 'INTERNAL_ERROR'],
    [new InternalServerErrorException('inner words'), 'INTERNAL_ERROR'],
    [new TypeError('inner words'), 'INTERNAL_ERROR'],
    ['inner words', 'INTERNAL_ERROR'],
    [undefined, 'INTERNAL_ERROR'],
  ])('makes of %s: %s, and keeps its words to the log', (thrown, code) => {
    const error = asCozyError(thrown);
    expect(error.code).toBe(code);
    expect(error.cause).toBe(thrown);
    expect(error.message).not.toContain('inner words');
  });
});

describe('bodyParserError', () => {
  it.each<[string, ErrorCode]>([
    ['entity.too.large', 'VALIDATION_BODY_TOO_LARGE'],
    ['entity.parse.failed', 'VALIDATION_MALFORMED_JSON'],
    ['encoding.unsupported', 'VALIDATION_MEDIA_TYPE'],
    ['charset.unsupported', 'VALIDATION_MEDIA_TYPE'],
    ['request.aborted', 'VALIDATION_FAILED'],
    ['request.size.invalid', 'VALIDATION_FAILED'],
  ])('%s is %s', (type, code) => {
    const cause = Object.assign(new Error('inner words'), { type });
    const error = bodyParserError(cause) as CozyError;
    expect(error).toMatchObject({ code, cause });
    expect(error.message).not.toContain('inner words');
  });

  it.each([new Error('other'), { type: 'something.new' }, { type: 5 }, null, undefined])('leaves %j alone', (error) => {
    expect(bodyParserError(error)).toBe(error);
  });
});
