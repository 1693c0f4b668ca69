import { readFileSync } from 'node:fs';

type Kind = 'string' | 'integer' | 'number' | 'boolean' | 'list';

/** Environment variables that set one configuration key; they win over every file. */
export const VARIABLES: Record<string, { path: string; kind: Kind; secret?: true }> = {
  PORT: { path: 'app.port', kind: 'integer' },
  HOST: { path: 'app.host', kind: 'string' },
  ROLE: { path: 'app.role', kind: 'string' },
  APP_ENV: { path: 'app.env', kind: 'string' },
  DATA_DIR: { path: 'app.data_dir', kind: 'string' },
  PUBLIC_URL: { path: 'app.public_url', kind: 'string' },
  SHUTDOWN_GRACE_MS: { path: 'app.shutdown_grace_ms', kind: 'integer' },
  ALLOWED_ORIGINS: { path: 'api.allowed_origins', kind: 'list' },
  WS_CONNECTS_PER_MINUTE: { path: 'api.ws_connects_per_minute', kind: 'integer' },
  TRUST_PROXY: { path: 'api.trust_proxy', kind: 'string' },
  AI_PROVIDER: { path: 'engines.ai.provider', kind: 'string' },
  OPENAI_API_KEY: { path: 'engines.ai.openai.api_key', kind: 'string', secret: true },
  OPENAI_BASE_URL: { path: 'engines.ai.openai.base_url', kind: 'string' },
  OPENAI_MODEL: { path: 'engines.ai.openai.default_model', kind: 'string' },
  STT_BASE_URL: { path: 'engines.speech.stt.openai.base_url', kind: 'string' },
  STT_API_KEY: { path: 'engines.speech.stt.openai.api_key', kind: 'string', secret: true },
  STT_MODEL: { path: 'engines.speech.stt.openai.model', kind: 'string' },
  TTS_BASE_URL: { path: 'engines.speech.tts.openai.base_url', kind: 'string' },
  TTS_API_KEY: { path: 'engines.speech.tts.openai.api_key', kind: 'string', secret: true },
  TTS_MODEL: { path: 'engines.speech.tts.openai.model', kind: 'string' },
  TTS_VOICE: { path: 'engines.speech.tts.openai.voice', kind: 'string' },
  WEATHER_BASE_URL: { path: 'tools.weather.base_url', kind: 'string' },
  WEATHER_API_KEY: { path: 'tools.weather.api_key', kind: 'string', secret: true },
  WEB_SEARCH_BASE_URL: { path: 'tools.web_search.base_url', kind: 'string' },
  WEB_SEARCH_API_KEY: { path: 'tools.web_search.api_key', kind: 'string', secret: true },
  MEM0_API_URL: { path: 'engines.memory.mem0.api_url', kind: 'string' },
  MEM0_API_KEY: { path: 'engines.memory.mem0.api_key', kind: 'string', secret: true },
  MEMOBASE_PROJECT_URL: { path: 'engines.profile.memobase.project_url', kind: 'string' },
  MEMOBASE_API_KEY: { path: 'engines.profile.memobase.api_key', kind: 'string', secret: true },
  COGNEE_API_URL: { path: 'engines.knowledge.cognee.api_url', kind: 'string' },
  COGNEE_API_TOKEN: { path: 'engines.knowledge.cognee.api_token', kind: 'string', secret: true },
  COGNEE_USERNAME: { path: 'engines.knowledge.cognee.username', kind: 'string' },
  COGNEE_PASSWORD: { path: 'engines.knowledge.cognee.password', kind: 'string', secret: true },
  MEDIASOUP_WORKER_BIN: { path: 'media.worker_bin', kind: 'string' },
  MEDIA_PORT: { path: 'media.port', kind: 'integer' },
  MEDIA_ANNOUNCED_ADDRESS: { path: 'media.announced_address', kind: 'string' },
  TURN_URLS: { path: 'media.turn.urls', kind: 'list' },
  TURN_SECRET: { path: 'media.turn.secret', kind: 'string', secret: true },
  XDG_CACHE_HOME: { path: 'media.cache_home', kind: 'string' },
  DATABASE_URL: { path: 'storage.database_url', kind: 'string', secret: true },
  REDIS_URL: { path: 'storage.redis_url', kind: 'string', secret: true },
  JWT_SECRET: { path: 'security.jwt_secret', kind: 'string', secret: true },
  JWT_SECRET_PREVIOUS: { path: 'security.jwt_secret_previous', kind: 'string', secret: true },
  AUDIT_HMAC_KEY: { path: 'security.audit_hmac_key', kind: 'string', secret: true },
  AUDIT_HMAC_KEY_PREVIOUS: { path: 'security.audit_hmac_key_previous', kind: 'string', secret: true },
  ENCRYPTION_KEY: { path: 'security.encryption_key', kind: 'string', secret: true },
  ENCRYPTION_KEY_PREVIOUS: { path: 'security.encryption_key_previous', kind: 'string', secret: true },
  RATE_LIMIT_IP_PER_MINUTE: { path: 'security.rate_limit_ip_per_minute', kind: 'integer' },
  RATE_LIMIT_USER_PER_MINUTE: { path: 'security.rate_limit_user_per_minute', kind: 'integer' },
  RATE_LIMIT_SIGN_IN_PER_MINUTE: { path: 'security.rate_limit_sign_in_per_minute', kind: 'integer' },
  RATE_LIMIT_UPLOAD_PER_MINUTE: { path: 'security.rate_limit_upload_per_minute', kind: 'integer' },
  REGISTRATION_ENABLED: { path: 'security.registration_enabled', kind: 'boolean' },
  ADMIN_USERNAME: { path: 'security.admin_username', kind: 'string' },
  ADMIN_EMAIL: { path: 'security.admin_email', kind: 'string' },
  ADMIN_PASSWORD: { path: 'security.admin_password', kind: 'string', secret: true },
  METRICS_TOKEN: { path: 'observability.metrics_token', kind: 'string', secret: true },
  LOG_LEVEL: { path: 'observability.log_level', kind: 'string' },
  OTEL_EXPORTER_OTLP_ENDPOINT: { path: 'observability.traces.endpoint', kind: 'string' },
  OTEL_EXPORTER_OTLP_HEADERS: { path: 'observability.traces.headers', kind: 'string', secret: true },
  OTEL_EXPORTER_OTLP_TIMEOUT: { path: 'observability.traces.timeout_ms', kind: 'integer' },
  OTEL_BSP_SCHEDULE_DELAY: { path: 'observability.traces.delay_ms', kind: 'integer' },
  OTEL_SERVICE_NAME: { path: 'observability.traces.service_name', kind: 'string' },
  OTEL_RESOURCE_ATTRIBUTES: { path: 'observability.traces.resource_attributes', kind: 'string' },
  OTEL_TRACES_SAMPLER: { path: 'observability.traces.sampler', kind: 'string' },
  OTEL_TRACES_SAMPLER_ARG: { path: 'observability.traces.sampler_arg', kind: 'number' },
};

export const SECRET_PATHS = new Set(
  Object.values(VARIABLES)
    .filter((variable) => variable.secret)
    .map((variable) => variable.path),
);

export interface Setting {
  variable: string;
  path: string;
  value: unknown;
}

function convert(text: string, kind: Kind): unknown {
  if (kind === 'integer') return /^-?\d+$/.test(text) ? Number(text) : text;
  if (kind === 'number') return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (kind === 'boolean') return /^(true|1|yes|on)$/i.test(text) || (/^(false|0|no|off)$/i.test(text) ? false : text);
  if (kind === 'list') {
    return text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean);
  }
  return text;
}

export type Environment = Record<string, string | undefined>;

/**
 * What the environment sets. An empty variable counts as not set, as compose files pass them. `NAME_FILE` names a
 * file that holds the value of NAME, as Docker and Kubernetes mount secrets.
 */
export function readEnvironment(environment: Environment): { settings: Setting[]; flaws: string[] } {
  const settings: Setting[] = [];
  const flaws: string[] = [];
  for (const [name, { path, kind }] of Object.entries(VARIABLES)) {
    const file = environment[`${name}_FILE`];
    let text = environment[name];
    if (!text && file) {
      try {
        text = readFileSync(file, 'utf8').trim();
      } catch (error) {
        flaws.push(
          `${name}_FILE: cannot read ${file} (${(error as NodeJS.ErrnoException).code}); mount it or unset it`,
        );
      }
    }
    if (text)
      settings.push({ variable: file && !environment[name] ? `${name}_FILE` : name, path, value: convert(text, kind) });
  }
  return { settings, flaws };
}

/** The one place that reads the process's environment. */
export function processEnvironment(): Environment {
  const environment = { ...process.env };
  if (!environment['APP_ENV'] && environment['NODE_ENV'] === 'production') environment['APP_ENV'] = 'production';
  return environment;
}

/**
 * ONNX Runtime tells its maker how it is used, over HTTPS and from a store in the home folder, unless this is said in the
 * environment before it is loaded. Nothing of what people do here is anybody else's affair.
 */
export function refuseTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
}
