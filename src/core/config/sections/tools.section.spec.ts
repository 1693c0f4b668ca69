import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { McpServerSection } from './tools.section.js';

const STDIO = { name: 'files', command: 'npx' };
const HTTP = { name: 'crm', transport: 'http', url: 'https://mcp.example.com/mcp' };

const wrongFields = (server: object): string[] =>
  validateSync(plainToInstance(McpServerSection, server, { exposeDefaultValues: true })).map(
    ({ property }) => property,
  );

describe('The configuration of an MCP server', () => {
  it.each([
    [STDIO],
    [HTTP],
    [{ ...STDIO, name: 'a_b-c' }],
    [{ ...STDIO, env: { TOKEN: 'x' }, tool_levels: { read: 'read_only' }, roots: ['/srv', 'file:///srv'] }],
    [{ ...HTTP, headers: { Authorization: 'Bearer x' } }],
    [{ ...HTTP, url: 'http://localhost:3001/mcp' }],
  ])('may be %j', (server) => {
    expect(wrongFields(server)).toEqual([]);
  });

  it.each([
    ['command', { name: 'files' }],
    ['url', { name: 'crm', transport: 'http' }],
    ['url', { ...HTTP, url: 'ftp://example.com' }],
    ['name', { ...STDIO, name: 'a__b' }],
    ['name', { ...STDIO, name: 'a_' }],
    ['name', { ...STDIO, name: 'Files' }],
    ['name', { ...STDIO, name: 'a'.repeat(33) }],
    ['name', { ...STDIO, name: 'a' + '_b'.repeat(20) }],
    ['env', { ...STDIO, env: { PORT: 80 } }],
    ['headers', { ...HTTP, headers: { 'x-a': 'a\r\nx-b: c' } }],
    ['tool_levels', { ...STDIO, tool_levels: { read: 'harmless' } }],
  ])('is refused for its %s: %j', (field, server) => {
    expect(wrongFields(server)).toEqual([field]);
  });
});
