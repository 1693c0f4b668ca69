// The client under test of the MCP conformance suite: `mcp-client.ts <url>` connects a McpToolEngine to the server of a
// scenario and calls every tool that it lists.
import 'reflect-metadata';
import { McpServerSection } from '../../src/core/config/sections/tools.section.js';
import { Logger } from '../../src/core/logging/logger.js';
import { McpToolEngine } from '../../src/engines/tools/mcp/mcp-tool.engine.js';
import type { Tool } from '../../src/engines/tools/tool.port.js';

const CALLER = { userId: 'conformance', sessionId: null, personalityId: 'conformance', datasets: [] };

const section = Object.assign(new McpServerSection(), {
  name: 'scenario',
  transport: 'http',
  url: process.argv.at(-1),
  call_timeout_ms: 10_000,
});
const logger = new Logger('debug', { write: (line: string) => void process.stderr.write(line) });
const engine = new McpToolEngine({ servers: [section], logger });
const { signal } = new AbortController();

/** A number for each that is asked for: the scenarios want nothing else. */
function argumentsFor({ parameters }: Tool): Record<string, unknown> {
  const properties = (parameters['properties'] ?? {}) as Record<string, { type?: string }>;
  const numbers = Object.entries(properties).filter(([, { type }]) => type === 'number');
  return Object.fromEntries(numbers.map(([name], at) => [name, at + 1]));
}

await engine.refresh(signal);
for (const tool of engine.list()) {
  const { text } = await engine.invoke(tool.name, argumentsFor(tool), CALLER, signal);
  process.stdout.write(`${tool.name}: ${text}\n`);
}
const health = (await engine.health(signal))['scenario'];
await engine.close();
if (health?.status !== 'up') throw new Error(`The server is ${health?.status}: ${health?.reason}`);
