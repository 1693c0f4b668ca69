import { type McpServerSection, ToolsSection } from '../../src/core/config/sections/tools.section.js';
import { connectedEngine, EVERYTHING, mcpSection, startEverythingHttp } from '../setup/mcp.js';
import { BuiltinToolEngine } from '../../src/engines/tools/builtin/builtin-tool.engine.js';
import { configuredTools } from '../../src/engines/tools/builtin/configured-tools.js';
import { describeToolContract, type ToolContractSubject } from './tool.contract.js';

type Fields = Partial<McpServerSection>;

async function subjectOf(fields: Fields, stop: () => Promise<void>): Promise<ToolContractSubject> {
  const start = (more: Fields = {}) => connectedEngine([mcpSection({ name: 'every', ...fields, ...more })]);
  const engine = await start();
  return {
    engine,
    quick: { name: 'mcp__every__echo', args: { message: '你好' }, says: '你好' },
    structured: {
      name: 'mcp__every__get-structured-content',
      args: { location: 'Chicago' },
      holds: { temperature: 36 },
    },
    failing: { name: 'mcp__every__echo', args: {} },
    slow: { name: 'mcp__every__trigger-long-running-operation', args: { duration: 20, steps: 2 } },
    hasty: () => start({ call_timeout_ms: 300 }),
    another: start,
    dispose: async () => {
      await engine.close();
      await stop();
    },
  };
}

describeToolContract('McpToolEngine over stdio', () =>
  subjectOf({ command: process.execPath, args: [EVERYTHING, 'stdio'] }, () => Promise.resolve()),
);

describeToolContract('McpToolEngine over streamable HTTP', async () => {
  const server = await startEverythingHttp();
  return subjectOf({ transport: 'http', url: server.url }, () => server.stop());
});

describeToolContract('BuiltinToolEngine', async () => {
  const another = async () => new BuiltinToolEngine(configuredTools(new ToolsSection()));
  const engine = await another();
  return {
    engine,
    quick: { name: 'calculator', args: { expression: '12 * 12' }, says: '144' },
    failing: { name: 'calculator', args: { expression: '1 / 0' } },
    another,
    dispose: () => engine.close(),
  };
});
