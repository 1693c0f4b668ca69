import { Allow } from 'class-validator';
import { Choice, Decimal, Integer, Part, Text, Tree } from '../../dto/field.decorator.js';
import { AUDIO_FORMATS, type AudioFormat } from './audio-format.js';

const MAX_INSTRUCTIONS = 16_384;

export class FormatDto {
  @Choice(AUDIO_FORMATS, { optional: true }) type?: AudioFormat | null;
  /** Of PCM: 24000 and nothing else. */
  @Integer({ min: 24_000, max: 24_000, optional: true }) rate?: number | null;
}

export class TranscriptionDto {
  @Text({ max: 128, optional: true }) model?: string | null;
  @Text({ max: 16, optional: true }) language?: string | null;
  @Text({ max: 4096, optional: true }) prompt?: string | null;
}

export class NoiseReductionDto {
  @Choice(['near_field', 'far_field'], { optional: true }) type?: 'near_field' | 'far_field' | null;
}

export class DetectionDto {
  @Choice(['server_vad', 'semantic_vad']) type: 'server_vad' | 'semantic_vad';
  @Decimal({ min: 0, max: 1, optional: true }) threshold?: number | null;
  @Integer({ min: 0, max: 5000, optional: true }) prefix_padding_ms?: number | null;
  @Integer({ min: 0, max: 10_000, optional: true }) silence_duration_ms?: number | null;
  @Integer({ min: 1000, max: 120_000, optional: true }) idle_timeout_ms?: number | null;
  @Choice(['low', 'medium', 'high', 'auto'], { optional: true }) eagerness?: 'low' | 'medium' | 'high' | 'auto' | null;
  @Allow() create_response?: unknown;
  @Allow() interrupt_response?: unknown;
}

export class InputDto {
  @Part(() => FormatDto, { optional: true }) format?: FormatDto | null;
  @Part(() => TranscriptionDto, { optional: true }) transcription?: TranscriptionDto | null;
  @Part(() => NoiseReductionDto, { optional: true }) noise_reduction?: NoiseReductionDto | null;
  @Part(() => DetectionDto, { optional: true }) turn_detection?: DetectionDto | null;
}

export class OutputDto {
  @Part(() => FormatDto, { optional: true }) format?: FormatDto | null;
  /** A name, or `{id}`. */
  @Allow() voice?: unknown;
  @Decimal({ min: 0.25, max: 1.5, optional: true }) speed?: number | null;
}

export class AudioDto {
  @Part(() => InputDto, { optional: true }) input?: InputDto | null;
  @Part(() => OutputDto, { optional: true }) output?: OutputDto | null;
}

/** A function of the client's own. */
export class FunctionDto {
  @Text({ min: 1, max: 64, pattern: /^[A-Za-z0-9_.-]+$/ }) name: string;
  @Text({ max: 8192, optional: true }) description?: string | null;
  @Tree({ optional: true }) parameters?: Record<string, unknown> | null;
}

/** What of a session is to be different: OpenAI's shape, of which what is not given stays. */
export class SessionDto {
  @Choice(['realtime'], { optional: true }) type?: 'realtime' | null;
  @Text({ max: 128, optional: true }) model?: string | null;
  @Text({ max: MAX_INSTRUCTIONS, optional: true }) instructions?: string | null;
  @Part(() => AudioDto, { optional: true }) audio?: AudioDto | null;
  /** Of these the functions and the choice are read by hand: they come in more than one shape. */
  @Allow() output_modalities?: unknown;
  @Allow() tools?: unknown;
  @Allow() tool_choice?: unknown;
  @Allow() max_output_tokens?: unknown;
  @Allow() tracing?: unknown;
}
