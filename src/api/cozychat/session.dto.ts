import { IsOptional } from 'class-validator';
import { ApiProperty } from '../docs/document.decorator.js';
import { Choice, Items, QueryInteger, Text } from '../dto/field.decorator.js';

const TITLE = { max: 255, example: 'Weekend plans' };

export class CreateSessionDto {
  @Text({ ...TITLE, optional: true }) title?: string;
  @Text({ max: 64, optional: true, description: 'The default personality where absent.' }) personality_id?: string;
}

export class RenameSessionDto {
  @Text({ ...TITLE, min: 1 }) title: string;
}

export class ListSessionsDto {
  @Choice(['last_message_at', 'created_at', 'title'], { optional: true }) sort?:
    'last_message_at' | 'created_at' | 'title';
  @Choice(['asc', 'desc'], { optional: true }) order?: 'asc' | 'desc';
  @QueryInteger({ min: 1, max: 100_000, optional: true }) page?: number;
  @QueryInteger({ min: 1, max: 100, optional: true }) page_size?: number;
}

export class MessagePageDto {
  @QueryInteger({ min: 1, max: 500, optional: true }) limit?: number;
  @Text({
    max: 20,
    optional: true,
    pattern: /^\d{1,15}$/,
    patternMessage: 'must be the next_cursor of the page before',
  })
  cursor?: string;
}

export class SearchDto {
  @Text({ min: 1, max: 200 }) q: string;
  @QueryInteger({ min: 1, max: 100, optional: true }) limit?: number;
  @Text({ max: 64, optional: true }) cursor?: string;
}

export class SpokenMessageDto {
  @Choice(['user', 'assistant']) role: 'user' | 'assistant';
  @Text({ max: 65_536 }) content: string;
  @ApiProperty({ required: false, nullable: true, oneOf: [{ type: 'string', maxLength: 64 }, { type: 'number' }] })
  @IsOptional()
  timestamp?: unknown;
}

export class VoiceCallMessagesDto {
  @Text({ min: 1, max: 64 }) session_id: string;
  @Items(() => SpokenMessageDto, { min: 1, maxItems: 500 }) messages: SpokenMessageDto[];
}

export class DeleteSessionDto {
  @Choice(['true', 'false'], { optional: true, description: 'Also forget what was learned from it.' })
  forget?: string;
}
