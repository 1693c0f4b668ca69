import { Allow } from 'class-validator';
import { Integer, Text, Tree } from '../dto/field.decorator.js';

const ID = 128;
const MAX_INSTRUCTIONS = 16_384;

export class PlainEventDto {
  @Text({ max: 512, optional: true }) event_id?: string | null;
}

export class SessionUpdateDto extends PlainEventDto {
  @Tree() session: Record<string, unknown>;
}

export class ItemCreateDto extends PlainEventDto {
  @Text({ max: ID, optional: true }) previous_item_id?: string | null;
  @Tree() item: Record<string, unknown>;
}

export class ItemNameDto extends PlainEventDto {
  @Text({ min: 1, max: ID }) item_id: string;
}

export class ItemTruncateDto extends ItemNameDto {
  @Integer({ min: 0, max: 64 }) content_index: number;
  @Integer({ min: 0, max: 86_400_000 }) audio_end_ms: number;
}

export class ResponseCreateDto extends PlainEventDto {
  @Tree({ optional: true }) response?: Record<string, unknown> | null;
}

export class ResponseCancelDto extends PlainEventDto {
  @Text({ max: ID, optional: true }) response_id?: string | null;
}

/** `response` of `response.create`. */
export class ResponseWishDto {
  /** `auto`, `none` or the id of a conversation. */
  @Text({ max: ID, optional: true }) conversation?: string | null;
  @Text({ max: MAX_INSTRUCTIONS, optional: true }) instructions?: string | null;
  @Tree({ optional: true }) metadata?: Record<string, unknown> | null;
  @Tree({ optional: true }) audio?: Record<string, unknown> | null;
  @Allow() input?: unknown;
  @Allow() output_modalities?: unknown;
  @Allow() tools?: unknown;
  @Allow() tool_choice?: unknown;
  @Allow() max_output_tokens?: unknown;
}
