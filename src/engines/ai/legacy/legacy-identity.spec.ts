import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { LegacyUpstreamSection, TokenSigning } from '../../../core/config/sections/canary.section.js';
import { isMapped, legacyHeaders } from './legacy-identity.js';

const ADA = { user_id: 'u-1', username: 'ada', email: 'ada@example.com', role: 'user', request_id: 'r-1' };
const upstream = (fields: Partial<LegacyUpstreamSection>) =>
  Object.assign(new LegacyUpstreamSection(), { name: 'old', url: 'http://old.example.com/chat', ...fields });
const signing = (fields: Partial<TokenSigning> = {}) =>
  Object.assign(new TokenSigning(), { secret: 'the secret of the old server', ...fields });

describe('legacyHeaders', () => {
  it('fills in who asks, and sends the request’s id', async () => {
    const headers = await legacyHeaders(upstream({ headers: { 'X-User': '{username} <{email}>', 'X-Key': 'k' } }), ADA);
    expect(headers).toMatchObject({ 'x-user': 'ada <ada@example.com>', 'x-key': 'k', 'x-request-id': 'r-1' });
    expect(headers).not.toHaveProperty('authorization');
  });

  it('percent-encodes what headers cannot carry', async () => {
    const headers = await legacyHeaders(upstream({ headers: { 'x-user': '{username}' } }), {
      ...ADA,
      username: '小明',
    });
    expect(headers['x-user']).toBe(encodeURIComponent('小明'));
  });

  it.each<[string, Partial<LegacyUpstreamSection>, string | undefined]>([
    ['a user’s own token', { tokens: { 'u-1': 'hers' } }, 'Bearer hers'],
    ['a user’s own token before a signed one', { tokens: { 'u-1': 'hers' }, sign: signing() }, 'Bearer hers'],
    [
      'a user’s own token before a shared header',
      { tokens: { 'u-1': 'hers' }, headers: { Authorization: 'x' } },
      'Bearer hers',
    ],
    ['a shared header', { headers: { Authorization: 'Bearer shared' } }, 'Bearer shared'],
    ['nobody else’s token', { tokens: { 'u-2': 'his' } }, undefined],
    ['no token of Object’s own making', { tokens: {} }, undefined],
  ])('authorizes by %s', async (_, fields, expected) => {
    expect((await legacyHeaders(upstream(fields), ADA))['authorization']).toBe(expected);
  });

  it('signs a token with the claims that are configured, for a short time', async () => {
    const sign = signing({ claims: { sub: '{username}', admin: false, user_id: '{user_id}' }, ttl_seconds: 60 });
    const { authorization = '' } = await legacyHeaders(upstream({ sign }), ADA);
    const { payload } = await jwtVerify(
      authorization.replace('Bearer ', ''),
      new TextEncoder().encode('the secret of the old server'),
    );
    expect(payload).toMatchObject({ sub: 'ada', admin: false, user_id: 'u-1' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
  });
});

describe('isMapped', () => {
  it.each<[string, Partial<LegacyUpstreamSection>, boolean]>([
    ['headers alone', {}, true],
    ['a token of hers', { tokens: { 'u-1': 't' } }, true],
    ['tokens of others', { tokens: { 'u-2': 't' } }, false],
    ['tokens of others, and signing', { tokens: { 'u-2': 't' }, sign: signing() }, true],
    ['a name of Object’s own', { tokens: {} }, false],
  ])('%s', (_, fields, expected) => {
    expect(isMapped(upstream(fields), 'u-1')).toBe(expected);
  });
});
