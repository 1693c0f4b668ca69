import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { ROOT } from '../setup/monitoring.js';

const home = mkdtempSync(path.join(tmpdir(), 'cozy-home-'));
afterEach(() => rmSync(home, { recursive: true }));

// In a process of its own: the runtime looks at the environment once, when it is loaded.
const PROGRAM = `
  import { SileroModel } from './src/engines/speech/vad/silero-model.ts';
  await SileroModel.load();
`;

it('the model runtime gathers nothing about its use, which it would send to its maker', () => {
  const { ORT_DISABLE_TELEMETRY: _, ...environment } = process.env;
  const child = ['--import', '@swc-node/register/esm-register', '--input-type=module', '-e', PROGRAM];
  const env = { ...environment, HOME: home, XDG_CACHE_HOME: path.join(home, '.cache') };
  execFileSync(process.execPath, child, { cwd: ROOT, env, stdio: 'pipe' });
  expect(readdirSync(home, { recursive: true }).filter((name) => /onnx/i.test(String(name)))).toEqual([]);
});
