import { describe, expect, it } from 'vitest';
import type { Personality } from '../../core/domain/personality.js';
import { TOOL_LEVELS } from '../../core/domain/tool.js';
import type { ToolsSection } from '../../core/config/sections/tools.section.js';
import type { Tool } from '../../engines/tools/tool.port.js';
import { toolsFor, type ToolWish } from './tool-policy.js';

const tools: Tool[] = [
  ...TOOL_LEVELS.map((level) => ({ name: level, description: '', parameters: {}, level, server: null })),
  { name: 'own', description: '', parameters: {}, level: 'read_only', server: null, isPersonal: true },
  { name: 'remote', description: '', parameters: {}, level: 'read_only', server: 'files' },
];
const open = { roles: ['user', 'admin'] };
const levels = { read_only: open, write: open, network: open, dangerous: { roles: ['admin'] } };
const allowed = [...TOOL_LEVELS, 'own'];

const namesFor = (wish: Partial<ToolWish>, role: 'user' | 'admin' = 'user') => {
  const personality = { tools: { allowed, mcp_servers: ['files'] } } as unknown as Personality;
  const principal = { userId: 'u', role, scopes: null, credentialId: null, rateLimitPerMinute: null };
  const whole: ToolWish = {
    personality,
    principal,
    allowedTools: undefined,
    ...wish,
  };
  return toolsFor(tools, whole, levels as unknown as ToolsSection['levels']).map(({ name }) => name);
};

describe('toolsFor', () => {
  it('gives a user what the personality allows and the role may use', () => {
    expect(namesFor({})).toEqual(['read_only', 'write', 'network', 'own', 'remote']);
    expect(namesFor({}, 'admin')).toContain('dangerous');
  });

  it('narrows to what the request names', () => {
    expect(namesFor({ allowedTools: ['write', 'dangerous'] })).toEqual(['write']);
    expect(namesFor({ allowedTools: [] })).toEqual([]);
  });

  it('leaves a guest nothing that writes, harms, or reads what is the owner’s alone, whatever the owner’s role', () => {
    expect(namesFor({ byGuest: true })).toEqual(['read_only', 'network', 'remote']);
    expect(namesFor({ byGuest: true }, 'admin')).toEqual(['read_only', 'network', 'remote']);
  });
});
