import type { Personality } from '../../core/domain/personality.js';
import { actsAsAdmin, type Principal } from '../../core/domain/principal.js';
import type { ToolsSection } from '../../core/config/sections/tools.section.js';
import type { Tool } from '../../engines/tools/tool.port.js';

/** What decides which tools there are for a turn. */
export interface ToolWish {
  personality: Personality;
  principal: Principal;
  /** What the request narrows the personality's list to; undefined where it says nothing. */
  allowedTools: readonly string[] | undefined;
  /** Whether somebody else than the principal asks, in the principal's call. */
  byGuest?: boolean | undefined;
}

/** What a guest's words may set in motion: nothing that changes anything, or tells what is the owner's alone. */
const openToGuests = ({ level, isPersonal = false }: Tool) =>
  !isPersonal && (level === 'read_only' || level === 'network');

/** Whether a personality may use a tool: by name, or by the MCP server that it comes from. Empty lists allow none. */
const allowedBy = ({ tools }: Personality, tool: Tool) =>
  tools.allowed.includes(tool.name) || (tool.server !== null && tools.mcp_servers.includes(tool.server));

/** The tools that a turn may use: allowed by the personality, not excluded by the request, open to the role. */
export function toolsFor(all: readonly Tool[], wish: ToolWish, levels: ToolsSection['levels']): Tool[] {
  const role = actsAsAdmin(wish.principal) ? 'admin' : 'user';
  return all.filter(
    (tool) =>
      allowedBy(wish.personality, tool) &&
      (wish.allowedTools === undefined || wish.allowedTools.includes(tool.name)) &&
      (wish.byGuest !== true || openToGuests(tool)) &&
      levels[tool.level].roles.includes(role),
  );
}
