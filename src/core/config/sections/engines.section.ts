import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
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

import { isExactPrice, type ModelPrice } from '../../util/model-cost.js';
import { IsMapOf } from './map-of.decorator.js';
import {
  KnowledgeEngineSection,
  MemoryEngineSection,
  ProfileEngineSection,
  WriteBackSection,
} from './personalization.section.js';
import { SpeechSection } from './speech.section.js';

export const MOST_PROVIDERS = 20;

const isAmount = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= 100_000 && isExactPrice(value);

function isPrice(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { input, output, ...more } = value as Record<string, unknown>;
  return isAmount(input) && isAmount(output) && Object.keys(more).length === 0;
}

const PROVIDER_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** Any server that speaks OpenAI's protocol: OpenAI, Azure, Ollama, vLLM, LM Studio, LiteLLM … */
export class OpenAiSection {
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  @MaxLength(2048)
  base_url?: string;

  /** Secret: from the environment or a file. Servers that ask for no key leave it empty. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(4096) api_key?: string;

  @IsString() @MinLength(1) @MaxLength(128) default_model = 'gpt-4o-mini';
  @IsString() @MinLength(1) @MaxLength(128) embedding_model = 'text-embedding-3-small';

  /** Models that callers may name; `*` leaves the choice to the provider. */
  @IsArray() @ArrayMaxSize(500) @IsString({ each: true }) @MaxLength(128, { each: true }) models: string[] = ['*'];

  /** Tokens. */
  @IsInt() @Min(512) @Max(10_000_000) context_window = 128_000;
  @IsBoolean() vision = true;

  @IsInt() @Min(100) @Max(600_000) first_token_timeout_ms = 30_000;
  @IsInt() @Min(100) @Max(600_000) idle_timeout_ms = 30_000;
  @IsInt() @Min(0) @Max(5) max_retries = 2;

  /** What models cost, by name. */
  @IsObject()
  @IsMapOf(isPrice, 'prices: { input, output } in US dollars for a million tokens, with up to six decimals')
  prices: Record<string, ModelPrice> = {};

  /** Headers that every request to this provider carries. */
  @IsObject() headers: Record<string, string> = {};
}

export class NamedOpenAiSection extends OpenAiSection {
  /** How personalities and metrics call this provider. */
  @Matches(PROVIDER_NAME) name: string;
}

export class DemoSection {
  /** Milliseconds between two tokens, to look like a model at work. */
  @IsInt() @Min(0) @Max(1000) token_delay_ms = 12;
}

export class AiSection {
  /** `auto` takes OpenAI where a key or a base URL is given, else the built-in demo. */
  @IsString() @Matches(PROVIDER_NAME) provider = 'auto';

  @ValidateNested() @Type(() => OpenAiSection) openai = new OpenAiSection();

  /** More OpenAI-compatible providers, by name. */
  @IsArray()
  @ArrayMaxSize(MOST_PROVIDERS)
  @ValidateNested({ each: true })
  @Type(() => NamedOpenAiSection)
  others: NamedOpenAiSection[] = [];

  @ValidateNested() @Type(() => DemoSection) demo = new DemoSection();
}

/** `config/engines.yaml`: everything clever outside us. */
export class EnginesSection {
  @ValidateNested() @Type(() => AiSection) ai = new AiSection();
  @ValidateNested() @Type(() => MemoryEngineSection) memory = new MemoryEngineSection();
  @ValidateNested() @Type(() => ProfileEngineSection) profile = new ProfileEngineSection();
  @ValidateNested() @Type(() => KnowledgeEngineSection) knowledge = new KnowledgeEngineSection();
  @ValidateNested() @Type(() => WriteBackSection) write_back = new WriteBackSection();
  @ValidateNested() @Type(() => SpeechSection) speech = new SpeechSection();
}
