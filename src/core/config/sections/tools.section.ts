import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { UserRole } from '../../domain/principal.js';
import { TOOL_LEVELS, type ToolLevel } from '../../domain/tool.js';
import { IsMapOf } from './map-of.decorator.js';

const HTTP_URL = { require_tld: false, require_protocol: true, protocols: ['http', 'https'] };
export const MOST_MCP_SERVERS = 50;

/** Who may call tools of a level, and how often. */
class LevelPolicy {
  @IsArray()
  @ArrayUnique()
  @IsIn(['user', 'admin'], { each: true })
  roles: UserRole[] = ['user', 'admin'];

  /** Calls a minute and user. */
  @IsInt() @Min(0) @Max(10_000) per_minute: number;

  /** Whether each call waits for somebody's yes. */
  @IsBoolean() approval = false;
}

const policy = (perMinute: number, approval = false): LevelPolicy =>
  Object.assign(new LevelPolicy(), { per_minute: perMinute, approval });

class ToolLevels implements Record<ToolLevel, LevelPolicy> {
  @ValidateNested() @Type(() => LevelPolicy) read_only = policy(100);
  @ValidateNested() @Type(() => LevelPolicy) write = policy(10);
  @ValidateNested() @Type(() => LevelPolicy) network = policy(5);
  @ValidateNested() @Type(() => LevelPolicy) dangerous = policy(1, true);
}

/** A weather service that speaks Open-Meteo's API. Offered only where `base_url` is given. */
export class WeatherSection {
  @IsOptional() @IsUrl(HTTP_URL) @MaxLength(2048) base_url?: string;
  /** Finds places by name; Open-Meteo keeps it under another host. */
  @IsOptional() @IsUrl(HTTP_URL) @MaxLength(2048) geocoding_url?: string;
  /** Secret: only hosted plans ask for one. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(4096) api_key?: string;
}

/** A web search. Offered only where a provider is chosen. */
export class WebSearchSection {
  @IsOptional() @IsIn(['searxng', 'brave']) provider?: 'searxng' | 'brave';
  /** SearXNG has no public default; Brave's own where absent. */
  @ValidateIf((search: WebSearchSection) => search.provider === 'searxng' || search.base_url !== undefined)
  @IsUrl(HTTP_URL)
  @MaxLength(2048)
  base_url?: string;
  /** Secret: Brave asks for one. */
  @ValidateIf((search: WebSearchSection) => search.provider === 'brave' || search.api_key !== undefined)
  @IsString()
  @MinLength(1)
  @MaxLength(4096)
  api_key?: string;
}

const isBoundedText = (value: unknown): boolean => typeof value === 'string' && value.length <= 32_768;
const isHeaderText = (value: unknown): boolean => typeof value === 'string' && /^[^\r\n\0]{0,8192}$/.test(value);
const isToolLevel = (value: unknown): boolean => (TOOL_LEVELS as readonly unknown[]).includes(value);

/** A Model Context Protocol server. */
export class McpServerSection {
  /** Part of its tools' names: mcp__<name>__<tool>. */
  @MaxLength(32)
  @Matches(/^[a-z0-9](?:_?[a-z0-9-])*$/, {
    message: 'must be 1 to 32 of a-z, 0-9, - and single _ between them, starting with a letter or digit',
  })
  name: string;

  @IsBoolean() enabled = true;
  @IsIn(['stdio', 'http']) transport: 'stdio' | 'http' = 'stdio';

  /** Of a stdio server: the program, its arguments, its folder, and all that its environment holds beside PATH and HOME. */
  @ValidateIf((server: McpServerSection) => server.transport === 'stdio' || server.command !== undefined)
  @IsString({ message: 'must name the program of a stdio server' })
  @MinLength(1)
  @MaxLength(4096)
  command?: string;

  @IsArray() @ArrayMaxSize(100) @IsString({ each: true }) @MaxLength(4096, { each: true }) args: string[] = [];
  @IsOptional() @IsString() @MinLength(1) @MaxLength(4096) cwd?: string;
  /** Values may hold ${SECRETS} of the server's own environment. */
  @IsMapOf(isBoundedText, 'texts of at most 32768 characters') env: Record<string, string> = {};

  /** Of an http server: where it listens (streamable HTTP), and the headers that every request carries. */
  @ValidateIf((server: McpServerSection) => server.transport === 'http' || server.url !== undefined)
  @IsUrl(HTTP_URL, { message: 'must be the http or https URL of an http server' })
  @MaxLength(2048)
  url?: string;

  @IsMapOf(isHeaderText, 'texts of one line, of at most 8192 characters') headers: Record<string, string> = {};

  /** What its tools may do, where `tool_levels` says nothing else. An annotation of the server itself never lowers it. */
  @IsIn(TOOL_LEVELS) level: ToolLevel = 'network';
  /** Levels of single tools, by the server's own names. */
  @IsMapOf(isToolLevel, `levels (${TOOL_LEVELS.join(', ')})`) tool_levels: Record<string, ToolLevel> = {};

  @IsInt() @Min(100) @Max(600_000) connect_timeout_ms = 10_000;
  @IsInt() @Min(100) @Max(600_000) call_timeout_ms = 30_000;

  /** Folders or file:// URIs that the server may be told about (MCP roots); none where empty. */
  @IsArray() @ArrayMaxSize(20) @IsString({ each: true }) @MaxLength(4096, { each: true }) roots: string[] = [];
  /** Whether the server may ask this server's model (MCP sampling). */
  @IsBoolean() sampling = false;
}

class McpSection {
  @IsArray()
  @ArrayMaxSize(MOST_MCP_SERVERS)
  @ArrayUnique((server: McpServerSection) => server.name, { message: 'must not name two servers alike' })
  @ValidateNested({ each: true })
  @Type(() => McpServerSection)
  servers: McpServerSection[] = [];
}

/** `config/tools.yaml`: what models may call on this server. */
export class ToolsSection {
  /** How often a model may go back for tools in one turn. */
  @IsInt() @Min(1) @Max(50) max_rounds = 10;
  /** How long a turn may go back for tools; then the model answers without. Shorter than an Idempotency-Key is held. */
  @IsInt() @Min(1000) @Max(480_000) turn_timeout_ms = 300_000;
  /** How long a single call may take; those to an MCP server have its own `call_timeout_ms`. */
  @IsInt() @Min(100) @Max(600_000) call_timeout_ms = 30_000;
  /** How much of the model's window one result may fill. */
  @IsNumber() @Min(0.01) @Max(1) result_share = 0.2;
  /** How long a call waits for its approval. */
  @IsInt() @Min(1000) @Max(600_000) approval_timeout_ms = 60_000;

  @ValidateNested() @Type(() => ToolLevels) levels = new ToolLevels();
  @ValidateNested() @Type(() => WeatherSection) weather = new WeatherSection();
  @ValidateNested() @Type(() => WebSearchSection) web_search = new WebSearchSection();
  @ValidateNested() @Type(() => McpSection) mcp = new McpSection();
}
