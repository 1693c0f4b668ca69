import { TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { Logger, NestLogger } from './logger.js';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMThmIn0.c2lnbmF0dXJlLW9mLWl0';
const RANDOM = 'Zk3vQ9xT1bLw8RmY5cHs2dNf';
const BASE32 = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const RECOVERY = 'GEZDGNBVGY3TQOJQ';

/** Each kind of secret as it may come into a log: within some text, and under its own name. */
const SECRETS: [kind: string, secret: string, texts: string[], key: string][] = [
  ['a JWT', JWT, [`token ${JWT}.`, `/v1/realtime?access_token=${JWT}`, `["openai-insecure-api-key.${JWT}"]`], 'token'],
  [
    'an API key',
    `ck_${RANDOM}`,
    [`the key ck_${RANDOM}`, `"ck_${RANDOM}"`, `x-api-key: ck_${RANDOM}`],
    'key_or_api_key',
  ],
  ['a client secret', `ek_${RANDOM}`, [`ek_${RANDOM}`, `Bearer ek_${RANDOM}`], 'client_secret'],
  [
    'a password',
    'hunter2!-)',
    ['password=hunter2!-)&x=1', '{"password": "hunter2!-)"}', 'password: hunter2!-)', 'admin_password=hunter2!-)'],
    'ADMIN_PASSWORD',
  ],
  [
    'an Authorization header',
    RANDOM,
    [
      `Authorization: Bearer ${RANDOM}`,
      `authorization: Digest username="ana", response="${RANDOM}"`,
      `"Authorization": "Custom ${RANDOM}"`,
      `Proxy-Authorization: Basic ${RANDOM}`,
      `Cookie: a=1; session=${RANDOM}`,
    ],
    'Authorization',
  ],
  ['a key of OpenAI', `sk-proj-${RANDOM}`, [`Incorrect API key provided: sk-proj-${RANDOM}.`], 'OPENAI_API_KEY'],
  ['a key of Anthropic', `sk-ant-api03-${RANDOM}`, [`sk-ant-api03-${RANDOM}`], 'apiKey'],
  ['a key of Mem0', `m0-${RANDOM}`, [`Token m0-${RANDOM}`, `m0-${RANDOM}`], 'mem0_api_key'],
  ['a key of Groq', `gsk_${RANDOM}`, [`gsk_${RANDOM}`], 'api-key'],
  ['a key of Google', `AIza${RANDOM}`, [`https://g.example/v1?key=AIza${RANDOM}`], 'x-goog-api-key'],
  ['a token of a hub', `hf_${RANDOM}`, [`hf_${RANDOM}`], 'HF_TOKEN'],
  [
    'a secret of an authenticator',
    BASE32,
    [
      new TOTP({ secret: BASE32, label: 'ana' }).toString(),
      `the secret ${BASE32}`,
      'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP',
    ],
    'mfa_secret',
  ],
  ['a recovery code', RECOVERY, [`code ${RECOVERY} was used`, 'GEZD-GNBV-GY3T-QOJQ'], 'recovery_codes'],
  [
    'a database’s password',
    'p4ss/w@rd',
    ['postgres://cozy:p4ss/w@rd@db:5432/cozy', 'connect to postgresql://db/cozy?user=a&password=p4ss/w@rd failed'],
    'DATABASE_URL',
  ],
  ['a Redis password', 'p4ssw0rd', ['redis://:p4ssw0rd@redis:6379/0', 'rediss://default:p4ssw0rd@r'], 'redis_url'],
  ['a refresh token', RANDOM, [`refresh_token=${RANDOM}`, `{"refresh_token":"${RANDOM}"}`], 'refresh_token'],
  ['a ticket', RANDOM, [`wss://host/v1/realtime?ticket=${RANDOM}`], 'ticket'],
  ['an invitation', RANDOM, [], 'invitation'],
];

function loggedBy(write: (logger: Logger) => void): string {
  const lines: string[] = [];
  write(new Logger('debug', { write: (line) => void lines.push(line) }));
  return lines.join('');
}

/** Not even the longest part of it that is one word. */
const traces = (secret: string) => [secret, ...secret.split(/[^A-Za-z0-9]+/).filter((word) => word.length > 7)];

describe('the log never holds', () => {
  it.each(SECRETS)('%s', (_, secret, texts, key) => {
    for (const text of texts) {
      const cause = new Error(text);
      const lines = loggedBy((logger) => {
        logger.debug('Told', { text });
        logger.info('Told', { list: [{ deep: text }] });
        logger.warn('Told', { [text]: 1 }, new Error('above', { cause }));
        logger.error('Told', {}, cause);
        logger.critical('Told', { text });
        const nest = new NestLogger(logger);
        nest.log(text, 'Part');
        nest.warn(text, 'Part');
        nest.error(cause, text, 'Part');
      });
      for (const trace of traces(secret)) expect(lines).not.toContain(trace);
      expect(lines.replaceAll(/[ -]/g, '')).not.toContain(secret);
    }
    const lines = loggedBy((logger) => {
      logger.info('Told', { [key]: secret, below: { [key]: [secret] } });
      logger.warn('Told', { headers: [{ [key.toLowerCase()]: secret }] });
    });
    for (const trace of traces(secret)) expect(lines).not.toContain(trace);
  });

  it('bytes, which would be a secret in decimal', () => {
    const lines = loggedBy((logger) =>
      logger.info('Told', { key: Buffer.from(RANDOM), view: new Uint8Array([90, 107]) }),
    );
    expect(lines).toContain('[bytes]');
    expect(lines).not.toMatch(/90|107/);
  });
});

describe('the log tells still', () => {
  it.each([
    'Unexpected token } in JSON at position 3',
    'token_type must be access',
    'max_tokens=100&top_p=1',
    'VALIDATION_FAILED RESOURCE_NOT_FOUND INTERNAL_SHUTTING_DOWN',
    'SELECT id FROM refresh_tokens WHERE token_hash = $1',
    '018f0000-0000-7000-8000-000000000000 POST /v1/chat/completions 200',
    'password must be at least 6 characters long',
    'connect ECONNREFUSED postgres://db:5432/cozy',
  ])('%s', (text) => {
    expect(JSON.parse(loggedBy((logger) => logger.info('Told', { text }))).text).toBe(text);
  });
});
