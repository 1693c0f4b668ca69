import { Allow, IsOptional, IsDefined } from 'class-validator';
import { ApiProperty } from '../docs/document.decorator.js';
import { Decimal, Flag, Integer, Text, Texts, Tree } from '../dto/field.decorator.js';
import { OfferedTools, ToolChoice } from './tool-fields.decorator.js';

const TOKENS = { min: 0, max: 1_000_000, optional: true, description: '0 is no limit asked for.' };
const TEMPERATURE = { min: 0, max: 2, optional: true };

/** Bodies are OpenAI's; what is nested is read by chat-request.ts. Unknown fields are ignored. */
export class ChatCompletionDto {
  @Text({
    max: 256,
    optional: true,
    description: 'A model of GET /v1/models; the personality decides where absent.',
    example: 'cozy/companion',
  })
  model?: string;

  @ApiProperty({
    type: 'array',
    minItems: 1,
    maxItems: 2000,
    items: { type: 'object', additionalProperties: true, required: ['role'], properties: { role: { type: 'string' } } },
    example: [{ role: 'user', content: 'Hello!' }],
  })
  @IsDefined()
  messages: unknown;

  @Flag({ optional: true }) stream?: boolean;
  @Tree({ optional: true, description: '{include_usage}' }) stream_options?: { include_usage?: unknown };
  @Decimal(TEMPERATURE) temperature?: number;
  @Decimal({ min: 0, max: 1, optional: true }) top_p?: number;
  @Integer(TOKENS) max_tokens?: number;
  @Integer(TOKENS) max_completion_tokens?: number;

  @ApiProperty({
    required: false,
    nullable: true,
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, maxItems: 4 }],
  })
  @IsOptional()
  stop?: unknown;

  @Integer({ min: 1, max: 1, optional: true, description: 'Only 1.' }) n?: number;
  @OfferedTools() tools?: unknown;
  @ToolChoice() tool_choice?: unknown;
  @Flag({ optional: true }) parallel_tool_calls?: boolean;
  @Tree({ optional: true }) response_format?: Record<string, unknown>;
  @Integer({ min: -9_007_199_254_740_991, max: 9_007_199_254_740_991, optional: true }) seed?: number;
  @Decimal({ min: -2, max: 2, optional: true }) frequency_penalty?: number;
  @Decimal({ min: -2, max: 2, optional: true }) presence_penalty?: number;
  @Tree({ optional: true }) logit_bias?: Record<string, unknown>;
  @Text({ max: 32, optional: true }) reasoning_effort?: string;
  @Text({ max: 32, optional: true }) verbosity?: string;
  @Text({ max: 512, optional: true }) user?: string;
  @Tree({ optional: true }) metadata?: Record<string, unknown>;
  @Flag({ optional: true, description: 'Without a session: make one and keep the turn in it.' }) store?: boolean;

  @Tree({
    optional: true,
    description: "The engine's own fields: personality_id, session_id, use_personalization, allowed_tools, memory.",
  })
  cozy?: Record<string, unknown>;

  @Text({ max: 64, optional: true, description: 'As cozy.personality_id.' }) personality_id?: string;
  @Text({ max: 64, optional: true, description: 'As cozy.session_id. "default" means none.' }) session_id?: string;
  @Allow() use_memory?: unknown;
}

/** The engine's own fields of a request. */
export class CozyFieldsDto {
  @Text({ max: 64, optional: true }) personality_id?: string;
  @Text({ max: 64, optional: true }) session_id?: string;
  @Flag({ optional: true }) use_personalization?: boolean;
  @Texts({ maxItems: 200, max: 128, optional: true }) allowed_tools?: string[];
  @Allow() memory?: unknown;
}
