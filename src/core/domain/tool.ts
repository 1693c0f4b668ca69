/** What a tool may do, from harmless to harmful; each level has its policy in `config/tools.yaml`. */
export const TOOL_LEVELS = ['read_only', 'write', 'network', 'dangerous'] as const;
export type ToolLevel = (typeof TOOL_LEVELS)[number];
