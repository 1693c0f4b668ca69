/** What the server answers. Read leniently: optional is what an older or a degraded server may leave out. */

export interface User {
  id: string;
  username: string;
  email: string;
}

export interface TokenAnswer {
  access_token: string;
  refresh_token: string;
  user?: User;
}

export interface Personality {
  id: string;
  name: string;
  description?: string | null;
  icon?: string | null;
  avatar_url?: string | null;
  tags?: string[] | null;
  is_default?: boolean;
}

export interface SessionSummary {
  session_id: string;
  personality_id: string;
  personality_name?: string | null;
  title?: string | null;
  message_count?: number;
  last_message_at?: string | null;
  created_at: string;
}

export interface SessionList {
  sessions: SessionSummary[];
  total: number;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  estimated?: boolean;
}

export interface EngineReport {
  status?: string;
  reason?: string | null;
  latency_ms?: number | null;
  cache_hit?: boolean;
}

export interface AnswerMetadata {
  request_id?: string;
  session_id?: string;
  degraded?: boolean;
  degrade_reasons?: string[];
  engines?: Record<string, EngineReport>;
  token_budget?: Record<string, unknown>;
}

export interface StoredMessage {
  id: string;
  role: string;
  content: unknown;
  created_at: string;
  tool_calls?: ({ function?: { name?: string } | null } | null)[] | null;
  metadata?: (AnswerMetadata & { interrupted?: boolean; is_voice_call?: boolean; usage?: Usage }) | null;
}

export interface SessionDetail {
  messages: StoredMessage[];
  total_messages: number;
  title?: string | null;
  personality_id: string;
}

export interface SearchHit {
  id: string;
  session_id: string;
  role: string;
  content: string;
  created_at: string;
}

export interface SearchPage {
  items: SearchHit[];
  next_cursor?: string | null;
}
