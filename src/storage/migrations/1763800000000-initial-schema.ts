import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE EXTENSION IF NOT EXISTS citext`,
  `CREATE TABLE users (
    id uuid NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    username citext NOT NULL CONSTRAINT users_username_key UNIQUE,
    email citext NOT NULL CONSTRAINT users_email_key UNIQUE,
    password_hash text NOT NULL,
    role text NOT NULL DEFAULT 'user' CONSTRAINT users_role_check CHECK (role IN ('user', 'admin')),
    status text NOT NULL DEFAULT 'active'
      CONSTRAINT users_status_check CHECK (status IN ('active', 'inactive', 'suspended')),
    display_name text,
    bio text,
    interests text[] NOT NULL DEFAULT '{}',
    avatar_url text,
    preferences jsonb NOT NULL DEFAULT '{}',
    mfa_secret bytea,
    token_version integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    last_login_at timestamptz
  )`,
  `CREATE TABLE refresh_tokens (
    id uuid NOT NULL CONSTRAINT refresh_tokens_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT refresh_tokens_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    family_id uuid NOT NULL,
    token_hash bytea NOT NULL CONSTRAINT refresh_tokens_token_hash_key UNIQUE,
    device_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    rotated_at timestamptz,
    revoked_at timestamptz
  )`,
  `CREATE INDEX refresh_tokens_family_id_idx ON refresh_tokens (family_id)`,
  `CREATE INDEX refresh_tokens_user_id_idx ON refresh_tokens (user_id)`,
  `CREATE TABLE api_keys (
    id uuid NOT NULL CONSTRAINT api_keys_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT api_keys_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    prefix text NOT NULL,
    key_hash bytea NOT NULL CONSTRAINT api_keys_key_hash_key UNIQUE,
    scopes text[] NOT NULL,
    rate_limit_per_minute integer,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX api_keys_user_id_idx ON api_keys (user_id)`,
  `CREATE TABLE sessions (
    id uuid NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    personality_id text NOT NULL,
    title text,
    message_count integer NOT NULL DEFAULT 0,
    last_seq bigint NOT NULL DEFAULT 0,
    total_tokens bigint NOT NULL DEFAULT 0,
    total_cost_usd numeric(14,6) NOT NULL DEFAULT 0,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    last_message_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
  )`,
  `CREATE INDEX sessions_user_id_last_message_at_idx ON sessions (user_id, last_message_at, id)
    WHERE deleted_at IS NULL`,
  `CREATE TABLE messages (
    id uuid NOT NULL CONSTRAINT messages_pkey PRIMARY KEY,
    session_id uuid NOT NULL CONSTRAINT messages_session_id_fkey REFERENCES sessions (id) ON DELETE CASCADE,
    user_id uuid NOT NULL CONSTRAINT messages_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    seq bigint NOT NULL CONSTRAINT messages_seq_check CHECK (seq > 0),
    turn_id uuid,
    role text NOT NULL
      CONSTRAINT messages_role_check CHECK (role IN ('system', 'developer', 'user', 'assistant', 'tool')),
    content text,
    parts jsonb,
    tool_calls jsonb,
    tool_call_id text,
    name text,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT messages_session_id_seq_key UNIQUE (session_id, seq)
  )`,
  `CREATE INDEX messages_user_id_id_idx ON messages (user_id, id)`,
  `CREATE TABLE usage_events (
    id uuid NOT NULL CONSTRAINT usage_events_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT usage_events_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    model text NOT NULL,
    personality_id text NOT NULL,
    prompt_tokens integer NOT NULL,
    completion_tokens integer NOT NULL,
    cost_usd numeric(14,6) NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX usage_events_user_id_idx ON usage_events (user_id)`,
  `CREATE TABLE usage_daily (
    user_id uuid NOT NULL CONSTRAINT usage_daily_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    day date NOT NULL,
    model text NOT NULL,
    personality_id text NOT NULL,
    requests bigint NOT NULL DEFAULT 0,
    prompt_tokens bigint NOT NULL DEFAULT 0,
    completion_tokens bigint NOT NULL DEFAULT 0,
    cost_usd numeric(14,6) NOT NULL DEFAULT 0,
    CONSTRAINT usage_daily_pkey PRIMARY KEY (user_id, day, model, personality_id)
  )`,
  `CREATE TABLE audit_inbox (
    id uuid NOT NULL CONSTRAINT audit_inbox_pkey PRIMARY KEY,
    action text NOT NULL,
    level text NOT NULL,
    actor_id text,
    subject text,
    request_id text,
    outcome text NOT NULL,
    details jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    key_id text NOT NULL,
    tag bytea NOT NULL,
    refused text
  )`,
  `CREATE TABLE audit_events (
    seq bigint NOT NULL CONSTRAINT audit_events_pkey PRIMARY KEY,
    id uuid NOT NULL CONSTRAINT audit_events_id_key UNIQUE,
    action text NOT NULL,
    level text NOT NULL,
    actor_id text,
    subject text,
    request_id text,
    outcome text NOT NULL,
    details jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    key_id text NOT NULL,
    previous_hash bytea NOT NULL,
    signature bytea NOT NULL
  )`,
  `CREATE INDEX audit_events_actor_id_seq_idx ON audit_events (actor_id, seq)`,
  `CREATE INDEX audit_events_action_seq_idx ON audit_events (action, seq)`,
  `CREATE INDEX audit_events_request_id_idx ON audit_events (request_id)`,
  `CREATE TABLE audit_head (
    singleton smallint NOT NULL CONSTRAINT audit_head_pkey PRIMARY KEY
      CONSTRAINT audit_head_singleton_check CHECK (singleton = 1),
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    base_seq bigint NOT NULL,
    base_hash bytea NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL
  )`,
  `CREATE TABLE audit_checkpoints (
    seq bigint NOT NULL CONSTRAINT audit_checkpoints_pkey PRIMARY KEY,
    hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL
  )`,
  // Against mistakes, not against whoever owns the database: those are found by the signatures.
  `CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'DELETE' AND current_setting('cozy.audit_retention', true) = 'on' THEN
      RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END $$`,
  ...['audit_events', 'audit_checkpoints'].flatMap((table) => [
    `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()`,
    `CREATE TRIGGER ${table}_no_truncate BEFORE TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,
  ]),
  `CREATE TABLE outbox (
    id uuid NOT NULL CONSTRAINT outbox_pkey PRIMARY KEY,
    kind text NOT NULL,
    user_id uuid NOT NULL CONSTRAINT outbox_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    session_id uuid,
    turn_id uuid NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    available_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    dead_at timestamptz,
    last_error_code text,
    CONSTRAINT outbox_turn_id_kind_key UNIQUE (turn_id, kind)
  )`,
  `CREATE INDEX outbox_open_idx ON outbox (available_at) WHERE done_at IS NULL AND dead_at IS NULL`,
  `CREATE INDEX outbox_user_id_idx ON outbox (user_id)`,
  `CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL CONSTRAINT idempotency_keys_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    instance_id uuid NOT NULL,
    response_status integer,
    content_type text,
    body bytea,
    locked_until timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, key)
  )`,
  `CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at)`,
  // Whoever may no longer come in is told to every instance by the database itself, whatever wrote the change.
  `CREATE FUNCTION notify_credentials_changed() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_notify('credentials-changed', to_jsonb(OLD) ->> TG_ARGV[0]);
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER users_credentials_changed
    AFTER DELETE OR UPDATE OF role, status, token_version ON users
    FOR EACH ROW EXECUTE FUNCTION notify_credentials_changed('id')`,
  `CREATE TRIGGER refresh_tokens_credentials_changed
    AFTER DELETE OR UPDATE OF revoked_at ON refresh_tokens
    FOR EACH ROW EXECUTE FUNCTION notify_credentials_changed('user_id')`,
  `CREATE TRIGGER api_keys_credentials_changed
    AFTER DELETE OR UPDATE OF revoked_at, expires_at, scopes, rate_limit_per_minute ON api_keys
    FOR EACH ROW EXECUTE FUNCTION notify_credentials_changed('user_id')`,
];

const TABLES = [
  'idempotency_keys',
  'outbox',
  'audit_checkpoints',
  'audit_head',
  'audit_events',
  'audit_inbox',
  'usage_daily',
  'usage_events',
  'messages',
  'sessions',
  'api_keys',
  'refresh_tokens',
  'users',
];

export class InitialSchema1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`DROP TABLE ${table}`);
    await runner.query('DROP FUNCTION notify_credentials_changed');
    await runner.query('DROP FUNCTION refuse_audit_change');
  }
}
