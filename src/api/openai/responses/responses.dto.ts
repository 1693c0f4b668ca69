import { Allow, IsOptional } from 'class-validator';
import { ApiProperty } from '../../docs/document.decorator.js';
import { Choice, Decimal, Flag, Integer, QueryInteger, Text, Tree } from '../../dto/field.decorator.js';
import { MAX_TEXT } from '../bounded-text.js';
import { OfferedTools, ToolChoice } from '../tool-fields.decorator.js';

const NO_LIMIT = '0 is no limit asked for.';

/** Bodies are OpenAI's; what is nested is read by response-request.ts. Unknown fields are ignored. */
export class CreateResponseDto {
  @Text({
    max: 256,
    optional: true,
    description: 'A model of GET /v1/models; the personality decides where absent.',
    example: 'cozy/companion',
  })
  model?: string;

  @ApiProperty({
    required: false,
    oneOf: [
      { type: 'string' },
      { type: 'array', maxItems: 2000, items: { type: 'object', additionalProperties: true } },
    ],
    example: 'Hello!',
  })
  @IsOptional()
  input?: unknown;

  @Text({ max: MAX_TEXT, optional: true, description: 'Added after what the personality is told.' })
  instructions?: string;
  @Text({ max: 128, optional: true, description: 'Goes on right after that response.' }) previous_response_id?: string;
  @ApiProperty({
    required: false,
    nullable: true,
    description: 'Goes on at the end of that conversation.',
    oneOf: [{ type: 'string' }, { type: 'object', properties: { id: { type: 'string' } } }],
  })
  @IsOptional()
  conversation?: unknown;
  @Flag({ optional: true, description: 'True where absent.' }) store?: boolean;
  @Flag({ optional: true }) stream?: boolean;
  @OfferedTools() tools?: unknown;
  @ToolChoice() tool_choice?: unknown;
  @Flag({ optional: true }) parallel_tool_calls?: boolean;
  @Tree({ optional: true, description: '{format, verbosity}' }) text?: Record<string, unknown>;
  @Tree({ optional: true, description: '{effort}; passed on where the request names a model.' })
  reasoning?: Record<string, unknown>;
  @Tree({ optional: true, description: 'Up to 16 short texts, given back as they are.' })
  metadata?: Record<string, unknown>;
  @Integer({ min: 0, max: 1_000_000, optional: true, description: NO_LIMIT }) max_output_tokens?: number;
  @Decimal({ min: 0, max: 2, optional: true }) temperature?: number;
  @Decimal({ min: 0, max: 1, optional: true }) top_p?: number;
  @Text({ max: 512, optional: true }) user?: string;

  @Tree({
    optional: true,
    description: "The engine's own fields: personality_id, session_id, use_personalization, allowed_tools, memory.",
  })
  cozy?: Record<string, unknown>;
  @Text({ max: 64, optional: true, description: 'As cozy.personality_id.' }) personality_id?: string;
  @Text({ max: 64, optional: true, description: 'As cozy.session_id. "default" means none.' }) session_id?: string;
  @Allow() use_memory?: unknown;
}

export class RetrieveResponseDto {
  @Choice(['true', 'false'], { optional: true, description: 'The events of the whole answer again.' }) stream?: string;
  @QueryInteger({ min: -1, max: 1_000_000_000, optional: true }) starting_after?: number;
}

export class ListItemsDto {
  @QueryInteger({ min: 1, max: 100, optional: true }) limit?: number;
  @Choice(['asc', 'desc'], { optional: true }) order?: 'asc' | 'desc';
  @Text({ max: 128, optional: true, description: 'The id of the last item of the page before.' }) after?: string;
}

export class CreateConversationDto {
  @ApiProperty({
    required: false,
    nullable: true,
    type: 'array',
    maxItems: 20,
    items: { type: 'object', additionalProperties: true },
  })
  @IsOptional()
  items?: unknown;
  @Tree({ optional: true }) metadata?: Record<string, unknown>;
  @Tree({ optional: true, description: "The engine's own field: personality_id." }) cozy?: Record<string, unknown>;
}

export class UpdateConversationDto {
  @Tree({ optional: true }) metadata?: Record<string, unknown>;
}

export class CreateItemsDto {
  @ApiProperty({ type: 'array', maxItems: 20, items: { type: 'object', additionalProperties: true } })
  @IsOptional()
  items?: unknown;
}
