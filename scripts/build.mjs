// `npm run build`: the server by swc, the console by Vite, and a filled database that makes first starts fast.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const run = (command, ...args) =>
  execFileSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });

rmSync(path.join(root, 'dist'), { recursive: true, force: true });
run(bin('nest'), 'build');
run(bin('vite'), 'build', '-c', 'console/vite.config.ts', '--logLevel', 'warn');
run(process.execPath, path.join(root, 'dist/commands/make-seed.js'));
writeFileSync(path.join(root, 'dist/.built'), '');
