import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';

class Traits {
  @IsNumber() @Min(0) @Max(1) friendliness = 0.7;
  @IsNumber() @Min(0) @Max(1) formality = 0.4;
  @IsNumber() @Min(0) @Max(1) humor = 0.4;
  @IsNumber() @Min(0) @Max(1) empathy = 0.7;
}

class AiSettings {
  /** Name of a configured provider; the default one where absent. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(32) provider?: string;
  /** The provider's default model where absent. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(128) model?: string;
  @IsOptional() @IsNumber() @Min(0) @Max(2) temperature?: number;
  @IsOptional() @IsInt() @Min(1) @Max(1_000_000) max_tokens?: number;
  @IsOptional() @IsNumber() @Min(0) @Max(1) top_p?: number;
}

class ToolSettings {
  /** Names of the tools this personality may use; an empty list allows none. */
  @IsArray() @ArrayMaxSize(200) @IsString({ each: true }) @MaxLength(128, { each: true }) allowed: string[] = [];
  /** MCP servers all of whose tools it may use. */
  @IsArray() @ArrayMaxSize(50) @IsString({ each: true }) @MaxLength(64, { each: true }) mcp_servers: string[] = [];
  /** Who says yes to calls that need it: an admin, or the person who is talking. */
  @IsIn(['admin', 'user']) approval: 'admin' | 'user' = 'admin';
}

class MemorySettings {
  @IsBoolean() enabled = true;
  /** Name of a configured engine, or `off`; the standard one where absent. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(32) provider?: string;
  @IsInt() @Min(0) @Max(100) recall_top_k = 8;
  @IsIn(['async', 'sync', 'off']) write_back: 'async' | 'sync' | 'off' = 'async';
  @IsIn(['auto', 'model', 'rules', 'off']) extraction: 'auto' | 'model' | 'rules' | 'off' = 'auto';
}

class KnowledgeSettings {
  /** As for memory. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(32) provider?: string;
  @IsArray() @ArrayMaxSize(50) @IsString({ each: true }) @MaxLength(64, { each: true }) datasets: string[] = [];
  @IsInt() @Min(0) @Max(100) top_k = 5;
}

class ProfileSettings {
  @IsBoolean() enabled = true;
  /** As for memory. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(32) provider?: string;
  @IsInt() @Min(0) @Max(10_000) max_tokens = 500;
}

class SttSettings {
  @IsOptional() @IsString() @MaxLength(128) model?: string;
  @IsOptional() @IsString() @MaxLength(16) language?: string;
}

class TtsSettings {
  @IsOptional() @IsString() @MaxLength(128) model?: string;
  @IsOptional() @IsString() @MaxLength(64) voice?: string;
  @IsNumber() @Min(0.25) @Max(4) speed = 1;
  @IsIn(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']) format = 'mp3';
}

class TurnDetection {
  @IsIn(['server_vad', 'semantic_vad', 'none']) type = 'server_vad';
  @IsNumber() @Min(0) @Max(1) threshold = 0.5;
  @IsInt() @Min(0) @Max(5000) prefix_padding_ms = 300;
  @IsInt() @Min(0) @Max(10_000) silence_duration_ms = 500;
}

class Transport {
  @IsIn(['webrtc', 'socket']) type = 'webrtc';
}

class RealtimeSettings {
  @IsOptional() @IsString() @MaxLength(64) voice?: string;
  @IsOptional() @IsString() @MaxLength(16_384) instructions?: string;
  @IsOptional() @IsObject() input_audio_transcription?: Record<string, unknown>;
  @ValidateNested() @Type(() => TurnDetection) turn_detection = new TurnDetection();
  @ValidateNested() @Type(() => Transport) transport = new Transport();
}

class VoiceSettings {
  @ValidateNested() @Type(() => SttSettings) stt = new SttSettings();
  @ValidateNested() @Type(() => TtsSettings) tts = new TtsSettings();
  @ValidateNested() @Type(() => RealtimeSettings) realtime = new RealtimeSettings();
}

/** One file of `config/personalities/`: who the companion is. Never changed once read; a reload makes new ones. */
export class Personality {
  @Matches(/^[a-z][a-z0-9_-]{0,63}$/, { message: 'must be 1 to 64 of a-z, 0-9, _ and -, starting with a letter' })
  id: string;
  @IsString() @MinLength(1) @MaxLength(80) name: string;
  @IsString() @MaxLength(500) description = '';
  @IsString() @MaxLength(64) icon = '';
  @IsOptional() @IsString() @MaxLength(2048) avatar_url?: string;
  @IsArray() @ArrayMaxSize(20) @IsString({ each: true }) @MaxLength(40, { each: true }) tags: string[] = [];
  @IsBoolean() is_default = false;
  @IsOptional() @IsString() @MinLength(1) @MaxLength(2000) welcome_message?: string;
  @IsString() @MinLength(1) @MaxLength(32_768) system_prompt: string;
  @ValidateNested() @Type(() => Traits) traits = new Traits();
  @ValidateNested() @Type(() => AiSettings) ai = new AiSettings();
  @ValidateNested() @Type(() => ToolSettings) tools = new ToolSettings();
  @ValidateNested() @Type(() => MemorySettings) memory = new MemorySettings();
  @ValidateNested() @Type(() => KnowledgeSettings) knowledge = new KnowledgeSettings();
  @ValidateNested() @Type(() => ProfileSettings) profile = new ProfileSettings();
  @ValidateNested() @Type(() => VoiceSettings) voice = new VoiceSettings();
  @IsObject() metadata: Record<string, unknown> = {};
}
