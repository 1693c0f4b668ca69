import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { CanaryRule } from '../../domain/canary.js';
import { IsMapOf } from './map-of.decorator.js';

const HTTP_URL = { require_tld: false, require_protocol: true, protocols: ['http', 'https'] };
const PLACEHOLDERS = ['user_id', 'username', 'email', 'role', 'request_id'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];
export const MOST_UPSTREAMS = 10;

/** A text that may hold `{user_id}` and the like; anything else in braces is a mistake. */
const isTemplate = (text: string): boolean =>
  [...text.matchAll(/\{([^{}]*)\}/g)].every(([, name]) => (PLACEHOLDERS as readonly unknown[]).includes(name));

const isHeaderTemplate = (value: unknown): boolean =>
  typeof value === 'string' && /^[^\r\n\0]{0,8192}$/.test(value) && isTemplate(value);
const isClaim = (value: unknown): boolean =>
  typeof value === 'boolean' ||
  typeof value === 'number' ||
  (typeof value === 'string' && value.length <= 1024 && isTemplate(value));
const isToken = (value: unknown): boolean => typeof value === 'string' && /^[\x21-\x7e]{1,8192}$/.test(value);

const TEMPLATES = `texts of one line; placeholders are ${PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}`;

/** Makes a short-lived access token (JWT, HS256) for each user, as the legacy server would have made it itself. */
export class TokenSigning {
  /** Secret: the one that the legacy server checks its tokens with. */
  @IsString() @MinLength(8) @MaxLength(4096) secret: string;
  /** Claims beside `iat` and `exp`. */
  @IsMapOf(isClaim, `claims: numbers, booleans or ${TEMPLATES}`) claims: Record<string, string | number | boolean> = {
    sub: '{user_id}',
  };
  @IsInt() @Min(10) @Max(3600) ttl_seconds = 300;
}

/** A CozyChat server that some HTTP chat requests are sent to. */
export class LegacyUpstreamSection {
  @Matches(/^[a-z0-9][a-z0-9-]{0,31}$/, { message: 'must be 1 to 32 of a-z, 0-9 and -' }) name: string;
  /** Of its chat route, whole: https://old.example.com/v1/chat/completions. */
  @IsUrl(HTTP_URL) @MaxLength(2048) url: string;
  /** Sent with every request. Of the caller's own headers none is. */
  @IsMapOf(isHeaderTemplate, TEMPLATES) headers: Record<string, string> = {};
  /** Users' tokens there, by their id here. A user with neither a token nor `sign` stays with this server. */
  @IsOptional() @IsMapOf(isToken, 'tokens of printable characters') tokens?: Record<string, string>;
  @IsOptional() @ValidateNested() @Type(() => TokenSigning) sign?: TokenSigning;
  @IsInt() @Min(100) @Max(600_000) first_byte_timeout_ms = 30_000;
  /** The longest silence within an answer. */
  @IsInt() @Min(100) @Max(600_000) idle_timeout_ms = 60_000;
}

/** `config/canary.yaml`: what is tried out on some before all get it. */
export class CanarySection {
  @IsArray()
  @ArrayMaxSize(100)
  @ArrayUnique((rule: CanaryRule) => rule.feature, { message: 'must not name two features alike' })
  @ValidateNested({ each: true })
  @Type(() => CanaryRule)
  rules: CanaryRule[] = [];

  @IsArray()
  @ArrayMaxSize(MOST_UPSTREAMS)
  @ArrayUnique((upstream: LegacyUpstreamSection) => upstream.name, { message: 'must not name two upstreams alike' })
  @ValidateNested({ each: true })
  @Type(() => LegacyUpstreamSection)
  upstreams: LegacyUpstreamSection[] = [];
}
