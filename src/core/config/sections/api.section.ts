import { IsArray, IsBoolean, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { IsTrustProxy } from './address-range.decorator.js';

/** `config/api.yaml`: the HTTP edge. */
export class ApiSection {
  /** Origins that browsers may call from; empty allows the server's own page only. */
  @IsArray() @IsString({ each: true }) @MaxLength(255, { each: true }) allowed_origins: string[] = [];

  /** Express's `trust proxy`: empty trusts nobody; a number of hops, or addresses separated by commas. */
  @IsString() @MaxLength(1024) @IsTrustProxy() trust_proxy = '';

  @IsInt() @Min(1024) @Max(26_214_400) body_limit_bytes = 1_048_576;

  /** Of chats, responses and conversations, which may hold pictures. */
  @IsInt() @Min(1024) @Max(104_857_600) message_body_limit_bytes = 1_048_576;

  /** Milliseconds a client has for its headers, and for the whole request. */
  @IsInt() @Min(1000) @Max(600_000) headers_timeout_ms = 15_000;
  @IsInt() @Min(1000) @Max(600_000) request_timeout_ms = 120_000;

  /** Milliseconds between the comments that keep a silent stream open. */
  @IsInt() @Min(100) @Max(60_000) sse_heartbeat_ms = 15_000;

  @IsInt() @Min(60) @Max(604_800) idempotency_ttl_seconds = 86_400;

  /** How often one user may open a realtime socket in a minute. */
  @IsInt() @Min(1) @Max(100_000) ws_connects_per_minute = 30;

  @IsBoolean() docs_enabled = true;
  @IsBoolean() console_enabled = true;
}
