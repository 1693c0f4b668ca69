import { Flag, Text } from '../dto/field.decorator.js';

const MAX_TEXT = 32_768;
const ID = 64;

export class ChatSendDto {
  /** A new session is made where it is absent. */
  @Text({ min: 1, max: ID, optional: true }) session_id?: string;
  @Text({ min: 1, max: ID, optional: true }) personality_id?: string;
  @Text({ min: 1, max: MAX_TEXT }) text: string;
  @Text({ min: 1, max: 128, optional: true }) model?: string;
  @Flag({ optional: true }) use_memory?: boolean;
}

export class ChatCancelDto {
  @Text({ min: 1, max: ID }) turn_id: string;
}

export class ChatTypingDto {
  @Text({ min: 1, max: ID }) session_id: string;
}
