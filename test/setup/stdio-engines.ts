import { afterEach } from 'vitest';
import type { McpServerSection } from '../../src/core/config/sections/tools.section.js';
import type { McpToolEngine, McpToolEngineOptions } from '../../src/engines/tools/mcp/mcp-tool.engine.js';
import { CALLER, newSignal } from '../contract/tool.contract.js';
import { connectedEngine, fakeSection } from './mcp.js';

export const call = (engine: McpToolEngine, tool: string, args: Record<string, unknown> = {}, signal = newSignal()) =>
  engine.invoke(`mcp__test__${tool}`, args, CALLER, signal);

export const textOf = async (...args: Parameters<typeof call>): Promise<string> => (await call(...args)).text;
export const pidOf = async (engine: McpToolEngine): Promise<number> => Number(await textOf(engine, 'pid'));
export const statusOf = async (engine: McpToolEngine) => (await engine.health(newSignal()))['test'];

/** Engines of a file's tests, each with one misbehaving server of the name `test`; closed after the test. */
export function stdioEngines() {
  const engines: McpToolEngine[] = [];
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()));
  });
  const keep = (engine: McpToolEngine): McpToolEngine => {
    engines.push(engine);
    return engine;
  };
  const start = async (
    behaviour: string,
    fields: Partial<McpServerSection> = {},
    options: Partial<McpToolEngineOptions> = {},
  ): Promise<McpToolEngine> => keep(await connectedEngine([fakeSection(behaviour, fields)], options));
  return { keep, start };
}
