import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import type { ExtractionMode } from '../../domain/write-back.js';

const HTTP_URL = { require_tld: false, require_protocol: true, protocols: ['http', 'https'] };

/** Mem0, its open-source server or the hosted platform. */
export class Mem0Section {
  @IsOptional() @IsUrl(HTTP_URL) @MaxLength(2048) api_url?: string;
  /** Secret. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(4096) api_key?: string;
  /** Whether the hosted platform's API is spoken; then `api_url` may be left out. */
  @IsBoolean() hosted = false;
}

/** Memobase. */
export class MemobaseSection {
  @IsOptional() @IsUrl(HTTP_URL) @MaxLength(2048) project_url?: string;
  /** Secret. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(4096) api_key?: string;
}

/** Cognee. A token, or a name and a password to sign in with. */
export class CogneeSection {
  @IsOptional() @IsUrl(HTTP_URL) @MaxLength(2048) api_url?: string;
  /** Secret. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(4096) api_token?: string;
  @IsOptional() @IsString() @MinLength(1) @MaxLength(255) username?: string;
  /** Secret. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(4096) password?: string;
}

/** Remembers what users said. `auto`: the remote one where its address is given, else the built-in one. */
export class MemoryEngineSection {
  @IsIn(['auto', 'builtin', 'mem0', 'off']) provider: 'auto' | 'builtin' | 'mem0' | 'off' = 'auto';
  /** How long a turn waits for it. */
  @IsInt() @Min(50) @Max(5000) timeout_ms = 400;
  /** How long a job waits for a remote one to learn; nobody is kept waiting by it. */
  @IsInt() @Min(1000) @Max(600_000) write_timeout_ms = 120_000;
  /** Of the built-in one: whether a chat model, where there is one, looks again at what plain rules have kept at once. */
  @IsIn(['auto', 'model', 'rules']) extraction: ExtractionMode = 'auto';
  /** Of the built-in one: whether memories are found by their meaning too. Every turn then asks a provider for a vector. */
  @IsBoolean() embeddings = false;
  @ValidateNested() @Type(() => Mem0Section) mem0 = new Mem0Section();
}

/** Knows who users are. */
export class ProfileEngineSection {
  @IsIn(['auto', 'builtin', 'memobase', 'off']) provider: 'auto' | 'builtin' | 'memobase' | 'off' = 'auto';
  @IsInt() @Min(50) @Max(5000) timeout_ms = 300;
  @IsInt() @Min(1000) @Max(600_000) write_timeout_ms = 120_000;
  /** Of the built-in one: whether a chat model, where there is one, looks for more than plain rules have found at once. */
  @IsIn(['auto', 'model', 'rules']) extraction: ExtractionMode = 'auto';
  @ValidateNested() @Type(() => MemobaseSection) memobase = new MemobaseSection();
}

/** Finds passages in documents. */
export class KnowledgeEngineSection {
  @IsIn(['auto', 'builtin', 'cognee', 'off']) provider: 'auto' | 'builtin' | 'cognee' | 'off' = 'auto';
  @IsInt() @Min(50) @Max(5000) timeout_ms = 500;
  @IsInt() @Min(1000) @Max(600_000) write_timeout_ms = 120_000;
  /** Of the built-in one: whether passages are found by their meaning too. Every question then asks a provider for a vector. */
  @IsBoolean() embeddings = false;
  /** Of the built-in one, what a user may keep; what is shared together has room for ten users' documents. */
  @IsInt() @Min(1) @Max(1_000_000) most_documents = 1000;
  /** Bytes of text, as it was read from the files. */
  @IsInt() @Min(1024) @Max(100_000_000_000) most_bytes = 104_857_600;
  /** Characters of one document's text. */
  @IsInt() @Min(1000) @Max(10_000_000) most_characters = 2_000_000;
  @ValidateNested() @Type(() => CogneeSection) cognee = new CogneeSection();
}

/** What is done with what turns said, after them. */
export class WriteBackSection {
  /** A model looks at several turns together: when the user has said nothing more for so long … */
  @IsInt() @Min(0) @Max(3_600_000) idle_ms = 25_000;
  /** … or when they come to so many tokens. */
  @IsInt() @Min(1) @Max(4000) batch_tokens = 1000;
  /** More open work than this is too much: see docs/operations.md. */
  @IsInt() @Min(100) @Max(10_000_000) max_backlog = 50_000;
}
