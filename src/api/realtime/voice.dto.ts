import { Choice, Decimal, Flag, Integer, Part, Text, Tree } from '../dto/field.decorator.js';

const MAX_TEXT = 32_768;
const MAX_INSTRUCTIONS = 16_384;
const ID = 64;

/** What is not given stays as it is. */
export class TurnDetectionDto {
  @Choice(['server_vad', 'semantic_vad', 'none'], { optional: true }) type?: 'server_vad' | 'semantic_vad' | 'none';
  @Decimal({ min: 0, max: 1, optional: true }) threshold?: number;
  @Integer({ min: 0, max: 5000, optional: true }) prefix_padding_ms?: number;
  @Integer({ min: 0, max: 10_000, optional: true }) silence_duration_ms?: number;
  @Choice(['low', 'medium', 'high', 'auto'], { optional: true }) eagerness?: 'low' | 'medium' | 'high' | 'auto';
}

export class InputFormatDto {
  @Choice(['pcm16'], { optional: true }) type?: 'pcm16';
  /** Hertz; the media engine says which it takes. */
  @Integer({ min: 8000, max: 48_000, optional: true }) sample_rate?: number;
}

export class CallUpdateDto {
  @Part(() => TurnDetectionDto, { optional: true }) turn_detection?: TurnDetectionDto;
  @Text({ min: 1, max: 64, optional: true }) voice?: string;
  @Decimal({ min: 0.25, max: 4, optional: true }) speed?: number;
  @Text({ max: MAX_INSTRUCTIONS, optional: true }) instructions?: string;
  @Text({ min: 2, max: 16, optional: true }) language?: string;
  /** Whether what was said is answered unasked. */
  @Flag({ optional: true }) respond?: boolean;
  /** Whether speech interrupts the companion. */
  @Flag({ optional: true }) interruptible?: boolean;
  /** Whether answers are spoken; else they are text. */
  @Flag({ optional: true }) spoken?: boolean;
}

export class CallStartDto extends CallUpdateDto {
  /** A new session is made where it is absent. */
  @Text({ min: 1, max: ID, optional: true }) session_id?: string;
  @Text({ min: 1, max: ID, optional: true }) personality_id?: string;
  @Text({ min: 1, max: 128, optional: true }) model?: string;
  @Choice(['webrtc', 'socket']) transport: 'webrtc' | 'socket';
  @Part(() => InputFormatDto, { optional: true }) input_format?: InputFormatDto;
}

export class CallResumeDto {
  @Text({ min: 1, max: ID }) call_id: string;
  /** For a client that has lost its WebRTC connection as well. */
  @Flag({ optional: true }) new_transports?: boolean;
}

export class CallInviteDto {
  /** Seconds; five minutes where it is absent. */
  @Integer({ min: 10, max: 86_400, optional: true }) expires_in?: number;
}

export class CallJoinDto {
  @Text({ min: 1, max: ID }) call_id: string;
  /** Of who was never in the call, and is not the user whose call it is. */
  @Text({ min: 1, max: 256, optional: true }) invitation?: string;
  @Choice(['webrtc', 'socket']) transport: 'webrtc' | 'socket';
  @Part(() => InputFormatDto, { optional: true }) input_format?: InputFormatDto;
}

export class CallRemoveDto {
  @Text({ min: 1, max: ID }) participant_id: string;
}

export class TransportConnectDto {
  @Text({ min: 1, max: ID }) transport_id: string;
  @Tree() dtls_parameters: Record<string, unknown>;
}

export class MediaProduceDto {
  @Text({ min: 1, max: ID }) transport_id: string;
  @Tree() rtp_parameters: Record<string, unknown>;
}

export class MediaConsumeDto {
  /** The companion where it is absent. */
  @Text({ min: 1, max: ID, optional: true }) participant_id?: string;
  @Tree() rtp_capabilities: Record<string, unknown>;
}

export class IceRestartDto {
  @Text({ min: 1, max: ID }) transport_id: string;
}

export class TextSendDto {
  @Text({ min: 1, max: MAX_TEXT }) text: string;
  @Flag({ optional: true }) respond?: boolean;
}

export class ResponseCreateDto {
  /** For this answer alone. */
  @Text({ max: MAX_INSTRUCTIONS, optional: true }) instructions?: string;
}

export class ResponseCancelDto {
  /** Whichever runs, where it is absent. */
  @Text({ min: 1, max: ID, optional: true }) turn_id?: string;
}
