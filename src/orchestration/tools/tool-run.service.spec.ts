import { describe, expect, it } from 'vitest';
import { ToolsSection } from '../../core/config/sections/tools.section.js';
import type { Tool } from '../../engines/tools/tool.port.js';
import type { ToolCatalogService } from './tool-catalog.service.js';
import type { ToolGateService } from './tool-gate.service.js';
import type { ToolRecordService } from './tool-record.service.js';
import { type ToolRun, ToolRunService } from './tool-run.service.js';

const SLOW_MS = 150;

/** Runs a tool that takes a while, where all tools together have `callTimeoutMs`. */
async function runSlow(callTimeoutMs: number, timeoutMs?: number) {
  const tool: Tool = { name: 'slow', description: '', parameters: {}, level: 'network', server: 's' };
  if (timeoutMs !== undefined) tool.timeoutMs = timeoutMs;
  const invoke = () => new Promise((resolve) => setTimeout(() => resolve({ text: 'done' }), SLOW_MS));
  const catalog = { has: () => true, engineOf: () => ({ invoke }) } as unknown as ToolCatalogService;
  const gate = { admit: () => Promise.resolve() } as unknown as ToolGateService;
  const record = { call: () => Promise.resolve(), ran: () => undefined } as unknown as ToolRecordService;
  const section = Object.assign(new ToolsSection(), { call_timeout_ms: callTimeoutMs });
  const run = { tools: new Map([['slow', tool]]), userId: 'u' } as unknown as ToolRun;
  const service = new ToolRunService(catalog, gate, section, record);
  const { result, error } = await service.run({ name: 'slow', arguments: '' }, run, new AbortController().signal);
  return result?.text ?? error?.code;
}

describe('The deadline of a call', () => {
  it.each<[string, number, number | undefined, string]>([
    ['that of all tools', 30, undefined, 'TOOL_TIMEOUT'],
    ['that of all tools, kept', 5000, undefined, 'done'],
    ['the tool’s own, though all others have less', 30, 5000, 'done'],
    ['the tool’s own, though all others have more', 5000, 30, 'TOOL_TIMEOUT'],
  ])('is %s', async (_name, callTimeoutMs, timeoutMs, expected) => {
    expect(await runSlow(callTimeoutMs, timeoutMs)).toBe(expected);
  });
});
