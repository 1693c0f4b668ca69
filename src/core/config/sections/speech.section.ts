import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
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

export const MOST_SPEECH_PROVIDERS = 5;

const HTTP_URL = { require_tld: false, require_protocol: true, protocols: ['http', 'https'] };
const PROVIDER_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** Any server that speaks OpenAI's audio routes. */
class SpeechProviderSection {
  /** With its version path, such as `http://localhost:8000/v1`. */
  @IsOptional() @IsUrl(HTTP_URL) @MaxLength(2048) base_url?: string;
  /** Secret. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(4096) api_key?: string;
  /** Models that callers may name; `*` leaves the choice to the provider. */
  @IsArray() @ArrayMaxSize(100) @IsString({ each: true }) @MaxLength(128, { each: true }) models: string[] = ['*'];
  /** The longest silence in the middle of an answer. */
  @IsInt() @Min(100) @Max(600_000) idle_timeout_ms = 10_000;
}

/** Speech to text. */
export class SttProviderSection extends SpeechProviderSection {
  @IsString() @MinLength(1) @MaxLength(128) model = 'gpt-4o-mini-transcribe';
  /** Answers where times of words are asked for: not every model tells them. */
  @IsString() @MinLength(1) @MaxLength(128) timed_model = 'whisper-1';
  /** What it understands, as ISO 639-1; empty: everything. */
  @IsArray() @ArrayMaxSize(200) @Matches(/^[a-z]{2,3}$/, { each: true }) languages: string[] = [];
  /** From the end of a spoken sentence to the first words of its transcript. */
  @IsInt() @Min(100) @Max(600_000) timeout_ms = 3000;
  /** The whole time of a recording, which may be an hour long. */
  @IsInt() @Min(100) @Max(600_000) recording_timeout_ms = 120_000;
}

export class NamedSttProviderSection extends SttProviderSection {
  @Matches(PROVIDER_NAME) name: string;
  @IsInt() @Min(100) @Max(600_000) override timeout_ms = 5000;
}

/** Text to speech. */
export class TtsProviderSection extends SpeechProviderSection {
  @IsString() @MinLength(1) @MaxLength(128) model = 'gpt-4o-mini-tts';
  @IsString() @MinLength(1) @MaxLength(64) voice = 'alloy';
  /** From the text to its first sound. */
  @IsInt() @Min(100) @Max(600_000) timeout_ms = 3000;
}

export class NamedTtsProviderSection extends TtsProviderSection {
  @Matches(PROVIDER_NAME) name: string;
  @IsInt() @Min(100) @Max(600_000) override timeout_ms = 5000;
}

/** `auto`: where a key or a base URL is given, here or for the model. */
export class SttSection {
  @IsIn(['auto', 'off']) provider: 'auto' | 'off' = 'auto';
  @ValidateNested() @Type(() => SttProviderSection) openai = new SttProviderSection();
  /** Asked one after the other where the one before fails. */
  @IsArray()
  @ArrayMaxSize(MOST_SPEECH_PROVIDERS)
  @ValidateNested({ each: true })
  @Type(() => NamedSttProviderSection)
  fallbacks: NamedSttProviderSection[] = [];
}

export class TtsSection {
  @IsIn(['auto', 'off']) provider: 'auto' | 'off' = 'auto';
  @ValidateNested() @Type(() => TtsProviderSection) openai = new TtsProviderSection();
  @IsArray()
  @ArrayMaxSize(MOST_SPEECH_PROVIDERS)
  @ValidateNested({ each: true })
  @Type(() => NamedTtsProviderSection)
  fallbacks: NamedTtsProviderSection[] = [];
  /** Repeated texts are answered from memory; 0 keeps none. */
  @IsInt() @Min(0) @Max(1_073_741_824) cache_bytes = 33_554_432;
}

/** What hears and speaks. */
export class SpeechSection {
  @ValidateNested() @Type(() => SttSection) stt = new SttSection();
  @ValidateNested() @Type(() => TtsSection) tts = new TtsSection();
  /** Voice activity detection. `auto`: Silero where its packages are installed, else WebRTC's. */
  @IsIn(['auto', 'silero', 'webrtc']) vad: 'auto' | 'silero' | 'webrtc' = 'auto';
}
