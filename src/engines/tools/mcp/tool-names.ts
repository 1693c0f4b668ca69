import { createHash } from 'node:crypto';

/** What OpenAI accepts as a function's name: `^[a-zA-Z0-9_-]{1,64}$`. */
const MOST_CHARACTERS = 64;
const NOT_ALLOWED = /[^a-zA-Z0-9_-]/g;
const HASH_CHARACTERS = 8;

/**
 * The names by which models call the tools of one server, in the order given: `mcp__<server>__<tool>`. They depend on the
 * names alone, never on their order: where two tools would be called alike, the one whose name needed no change keeps
 * it, and the others carry a hash of their own name, as do those that are too long.
 *
 * Names of two servers cannot meet: a server's name holds no `__` and does not end with `_`.
 */
export function toolNames(server: string, tools: readonly string[]): string[] {
  const plain = tools.map((tool) => `mcp__${server}__${clean(tool)}`);
  const uses = new Map<string, number>();
  for (const name of plain) uses.set(name, (uses.get(name) ?? 0) + 1);
  return tools.map((tool, at) => {
    const name = plain[at] ?? '';
    const isOwn = uses.get(name) === 1 || clean(tool) === tool;
    return isOwn && name.length <= MOST_CHARACTERS ? name : hashed(name, tool);
  });
}

/** By UTF-16 units: a name of another script still tells its length. */
const clean = (tool: string): string => tool.replace(NOT_ALLOWED, '_');

function hashed(name: string, tool: string): string {
  const hash = createHash('sha256').update(tool).digest('hex').slice(0, HASH_CHARACTERS);
  return `${name.slice(0, MOST_CHARACTERS - HASH_CHARACTERS - 1)}_${hash}`;
}
