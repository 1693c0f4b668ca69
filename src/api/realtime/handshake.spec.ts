import { describe, expect, it } from 'vitest';
import { credentialOf, isOriginAllowed } from './handshake.js';

describe('the credential of a handshake', () => {
  it.each([
    ['the token of auth', { token: 'abc' }, {}, 'abc'],
    ['the ticket of auth', { ticket: 'abc' }, { authorization: 'Bearer def' }, 'abc'],
    ['the token rather than the ticket', { token: 'abc', ticket: 'def' }, {}, 'abc'],
    ['nothing of a ticket that is no text', { ticket: ['abc'] }, {}, undefined],
    ['a bearer header', {}, { authorization: 'Bearer abc' }, 'abc'],
    ['auth rather than the header', { token: 'abc' }, { authorization: 'Bearer def' }, 'abc'],
    ['a token that bears its own "Bearer"', { token: 'Bearer abc' }, {}, 'abc'],
    ['nothing', {}, {}, undefined],
    ['nothing of another kind of header', {}, { authorization: 'Basic abc' }, undefined],
    ['nothing of what is no text', { token: { $ne: '' } }, {}, undefined],
    ['nothing of what is too long', { token: 'a'.repeat(5000) }, {}, undefined],
  ])('is %s', (_, auth, headers, wanted) => {
    expect(credentialOf({ auth, headers })).toBe(wanted);
  });
});

describe('an origin', () => {
  const allowed = ['https://app.example.com'];
  it.each([
    ['none, as programs send none', undefined, 'api.example.com', true],
    ['the server’s own page', 'https://api.example.com', 'api.example.com', true],
    ['one of the list', 'https://app.example.com', 'api.example.com', true],
    ['another one', 'https://evil.example.com', 'api.example.com', false],
    ['what is no address', 'null', 'api.example.com', false],
    ['the same name at another port', 'https://api.example.com:8443', 'api.example.com', false],
  ])('%s', (_, origin, host, wanted) => {
    expect(isOriginAllowed({ origin, host }, allowed)).toBe(wanted);
  });

  it('may be any where the list says so', () => {
    expect(isOriginAllowed({ origin: 'https://evil.example.com', host: 'x' }, ['*'])).toBe(true);
  });
});
