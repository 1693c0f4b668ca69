import type { CozyConfig } from './core/config/cozy-config.js';
import { PRODUCT } from './core/util/product.js';

const part = (name: string, now: string, instead: string) => `    ${name.padEnd(10)}${now.padEnd(34)}  ${instead}`;

/** What a newcomer wants to know first: where things are, what is built in, and how to talk to it. */
export function banner({ app, storage, engines, security }: CozyConfig, port: number): string {
  const url = app.public_url ?? `http://localhost:${port}`;
  const { ai } = engines;
  const real = ai.provider !== 'demo' && (ai.openai.api_key ?? ai.openai.base_url ?? ai.others[0]?.name);
  return [
    '',
    `  ${PRODUCT.name} ${PRODUCT.version} is listening.`,
    '',
    `    Console   ${url}/`,
    `    API docs  ${url}/docs`,
    `    Health    ${url}/health/ready`,
    `    Metrics   ${url}/metrics`,
    '',
    '  Parts:',
    storage.database_url
      ? part('Database', 'PostgreSQL (DATABASE_URL)', '')
      : part('Database', `embedded, in ${app.data_dir}/postgres`, 'DATABASE_URL=postgres://… for your own'),
    storage.redis_url
      ? part('Queue', 'Redis (REDIS_URL)', '')
      : part('Queue', 'on the database', 'REDIS_URL=redis://… for Redis'),
    real
      ? part('Model', ai.openai.default_model, '')
      : part('Model', 'built-in demo, rule-based', 'OPENAI_API_KEY or OPENAI_BASE_URL for a real one'),
    ...(security.jwt_secret
      ? []
      : [part('Secret', `random, kept in ${app.data_dir}/secrets`, 'JWT_SECRET for your own')]),
    '',
    '  The first request (registers ana, then says hello; the second time, write login for register):',
    '',
    `    TOKEN=$(curl -s ${url}/v1/users/register -H 'Content-Type: application/json' \\`,
    `      -d '{"username":"ana","email":"ana@example.com","password":"correct horse"}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `    curl -N ${url}/v1/chat/completions -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\`,
    `      -d '{"model":"cozy/companion","stream":true,"messages":[{"role":"user","content":"Hello!"}]}'`,
    '',
    '',
  ].join('\n');
}
