import { describe, expect, it } from 'vitest';
import { CozyConfig } from './cozy-config.js';
import { effectiveConfig } from './effective-config.js';
import { McpServerSection } from './sections/tools.section.js';

describe('The effective configuration', () => {
  it('shows nothing that an MCP server is given to keep', () => {
    const config = new CozyConfig();
    config.tools.mcp.servers = [
      Object.assign(new McpServerSection(), {
        name: 'crm',
        command: 'npx',
        args: ['--key', 'plain-words-1'],
        env: { PAT: 'plain-words-2' },
        url: 'https://user:plain-words-3@example.com/mcp?key=plain-words-4',
        headers: { 'x-team': 'plain-words-5' },
      }),
    ];
    const shown = JSON.stringify(effectiveConfig(config));
    expect(shown).not.toContain('plain-words');
    expect(shown).toContain('"PAT: [redacted]"');
    expect(shown).toContain('"command":"npx"');
  });

  it('shows how long API keys are kept, which is no key', () => {
    const { config } = effectiveConfig(new CozyConfig());
    expect(config).toMatchObject({ storage: { retention_api_key_days: 90 } });
  });
});
