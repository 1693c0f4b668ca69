import type { ApiBodyOptions } from '@nestjs/swagger';

type Schema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

const ids = { type: 'array', maxItems: 10_000, items: { type: 'string', minLength: 1, maxLength: 64 } };
const name = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });

/** A rule as /openapi.json tells it; the checks are those of `canary.yaml` (`core/domain/canary.ts`), unknown keys too. */
export const RULE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    feature: { type: 'string', description: "The path's, or left out." },
    enabled: { type: 'boolean', default: false },
    percentage: { type: 'number', minimum: 0, maximum: 100, multipleOf: 0.01, default: 0 },
    subject: { type: 'string', enum: ['user', 'session'], default: 'user' },
    allow_list: { ...ids, description: 'Ids of users or sessions.' },
    block_list: { ...ids, description: 'Ids of users or sessions; wins over allow_list.' },
    environments: { type: 'array', items: { enum: ['development', 'test', 'staging', 'production'] } },
    personalities: { type: 'array', maxItems: 200, items: name(64) },
    variant: {
      type: 'object',
      additionalProperties: false,
      properties: { personality: name(64), model: name(128), provider: name(32), upstream: name(32) },
    },
    base_upstream: { ...name(32), nullable: true, description: 'Where those go who are not in the canary.' },
    budget: {
      type: 'object',
      nullable: true,
      additionalProperties: false,
      properties: {
        window_seconds: { type: 'integer', minimum: 10, maximum: 3600, default: 300 },
        min_requests: { type: 'integer', minimum: 1, maximum: 100_000, default: 20 },
        max_error_rate_delta: { type: 'number', minimum: 0, maximum: 1 },
        max_latency_ratio: { type: 'number', minimum: 1, maximum: 100 },
        max_first_token_ratio: { type: 'number', minimum: 1, maximum: 100 },
        latency_percentile: { type: 'integer', minimum: 50, maximum: 99, default: 50 },
      },
    },
  },
  example: { enabled: true, percentage: 5, variant: { model: 'gpt-5-mini' }, budget: { max_error_rate_delta: 0.05 } },
} satisfies Schema;
