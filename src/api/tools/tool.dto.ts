import { Choice, Flag, Text, Tree } from '../dto/field.decorator.js';

export class ToolListDto {
  @Choice(['builtin', 'mcp', 'all'], { optional: true }) type?: 'builtin' | 'mcp' | 'all';
}

export class ToolExecutionDto {
  @Text({ min: 1, max: 128, example: 'calculator' }) tool_name: string;
  @Tree({ optional: true, description: 'The arguments.', example: { expression: '2 * (3 + 4)' } })
  parameters?: Record<string, unknown>;
}

export class ToolDecisionDto {
  @Flag({ description: 'Whether the call may run.' }) approve: boolean;
}
