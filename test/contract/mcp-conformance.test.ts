import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const SUITE = path.join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const CLIENT = [process.execPath, '--import @swc-node/register/esm-register test/conformance/mcp-client.ts'].join(' ');

/** The suite itself needs a newer Node than the product does; the client under test runs on this one. */
const OLDEST_NODE = 22;
const FIND_MS = 90_000;

async function newerNode(): Promise<string | undefined> {
  if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) return process.execPath;
  // Packages of this project run no install scripts; that of Node's own package puts the program in its place.
  const settings = {
    npm_config_ignore_scripts: 'false',
    npm_config_fetch_retries: '0',
    npm_config_prefer_offline: 'true',
  };
  const options = { cwd: root, env: { ...process.env, ...settings }, timeout: FIND_MS };
  try {
    const { stdout } = await run('npx', ['-y', '-p', 'node@24', 'node', '-p', 'process.execPath'], options);
    return stdout.trim();
  } catch {
    console.warn(`Not run: the MCP conformance suite, as it needs Node ${OLDEST_NODE} and none could be had.`);
    return undefined;
  }
}

const node = await newerNode();

interface Outcome {
  passed: boolean;
  output: string;
}

async function scenario(name: string): Promise<Outcome> {
  const args = [SUITE, 'client', '--command', CLIENT, '--scenario', name];
  try {
    const { stdout, stderr } = await run(node ?? '', args, { cwd: root, timeout: 50_000 });
    return { passed: true, output: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { passed: false, output: stdout + stderr };
  }
}

/** `sse-retry` allows 200 ms between a clock of the suite and the client: a busy machine gets another chance. */
const options = { timeout: 60_000, retry: 2 };

describe.skipIf(node === undefined)('The MCP conformance suite', options, () => {
  it.each(['initialize', 'tools_call', 'sse-retry'])('passes the client scenario %s', async (name) => {
    expect(await scenario(name)).toMatchObject({ passed: true });
  });

  it('finds that elicitation is refused: it is not offered, as nobody is there to be asked', async () => {
    const { passed, output } = await scenario('elicitation-sep1034-client-defaults');
    expect(passed).toBe(false);
    expect(output).toMatch(/Elicitation failed: .*Method not found/);
  });
});
