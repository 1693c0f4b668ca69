// Rules rot in silence. Each probe commits one sin on purpose, all of them in one scratch copy of the tree; the cruiser
// must name every one of them, and nothing else.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

// rule, file, content
const PROBES = [
  ['core-only-downward', 'src/core/probe-1.ts', "import '../storage/users/user.repository.js';"],
  ['storage-only-downward', 'src/storage/probe-2.ts', "import '../engines/ai/ai.port.js';"],
  ['engines-only-downward', 'src/engines/probe-3.ts', "import '../context/context.service.js';"],
  [
    'engines-only-downward',
    'src/engines/probe-4.ts',
    "import type { ChatEvent } from '../orchestration/chat/chat-event.js';\nexport type X = ChatEvent;",
  ],
  ['context-only-downward', 'src/context/probe-5.ts', "import '../orchestration/chat/chat.service.js';"],
  ['orchestration-only-downward', 'src/orchestration/probe-6.ts', "import '../api/errors/error-body.js';"],
  ['api-only-downward', 'src/api/probe-7.ts', "import '../engines/ai/ai.port.js';"],
  ['api-only-downward', 'src/api/probe-8.ts', "import '../storage/users/user.repository.js';"],
  ['api-only-downward', 'src/api/probe-9.ts', "import '../context/context.service.js';"],
  ['storage-only-through-public-files', 'src/orchestration/probe-10.ts', "import '../storage/data-source.js';"],
  [
    'storage-only-through-public-files',
    'src/orchestration/probe-11.ts',
    "import '../storage/redis/redis.connection.js';",
  ],
  [
    'storage-only-through-public-files',
    'src/orchestration/jobs/probe-12.ts',
    "import '../../storage/database/database.js';",
  ],
  ['engines-only-through-public-files', 'src/orchestration/probe-13.ts', "import '../engines/ai/demo.engine.js';"],
  ['engine-kinds-meet-at-ports', 'src/engines/memory/probe-14.ts', "import '../ai/demo.engine.js';"],
  ['entities-never-leave-storage', 'src/orchestration/probe-15.ts', "import '../storage/users/user.entity.js';"],
  ['owned:typeorm', 'src/orchestration/probe-16.ts', "import 'typeorm';"],
  ['owned:typeorm', 'src/context/probe-17.ts', "import type { Redis } from 'ioredis';\nexport type R = Redis;"],
  ['owned:bullmq', 'src/context/probe-18.ts', "import { Queue } from 'bullmq';\nexport const q = Queue;"],
  [
    'owned:express',
    'src/orchestration/probe-19.ts',
    "import type { Request } from 'express';\nexport type R = Request;",
  ],
  ['owned:openai', 'src/orchestration/probe-20.ts', "import 'openai';"],
  ['api-speaks-openai-types-only', 'src/api/probe-21.ts', "import OpenAI from 'openai';\nexport const o = OpenAI;"],
  ['not-to-test', 'src/api/probe-22.ts', "import '../../test/setup/test-server.js';"],
  ['no-unresolvable', 'src/api/probe-23.ts', "import './nowhere.js';"],
  ['no-circular', 'src/context/probe-24.ts', "import './probe-25.js';\nexport const a = 1;"],
  // The cruiser reports a cycle once, at either file: this one only closes it.
  [null, 'src/context/probe-25.ts', "import './probe-24.js';\nexport const b = 1;"],
  [
    'owned:mediasoup',
    'src/orchestration/probe-27.ts',
    "import type { types } from 'mediasoup';\nexport type R = types.Router;",
  ],
  ['owned:mediasoup', 'src/engines/speech/probe-28.ts', "import 'libopus-wasm';"],
  ['engine-kinds-meet-at-ports', 'src/engines/speech/probe-29.ts', "import '../media/mediasoup-media.engine.js';"],
  ['owned:opentelemetry', 'src/orchestration/probe-30.ts', "import '@opentelemetry/api';"],
  ['no-orphans', 'src/core/probe-26.ts', 'export const alone = 1;'],
];

const scratch = mkdtempSync(path.join(os.tmpdir(), 'cozy-probes-'));
try {
  for (const name of ['src', 'test', 'tsconfig.json', 'package.json', '.dependency-cruiser.mjs']) {
    cpSync(path.join(root, name), path.join(scratch, name), { recursive: true });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(scratch, 'node_modules'), 'junction');
  for (const [, file, content] of PROBES) {
    mkdirSync(path.dirname(path.join(scratch, file)), { recursive: true });
    writeFileSync(path.join(scratch, file), content);
  }
  let output = '';
  try {
    const cruiser = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    output = execFileSync(
      process.execPath,
      [cruiser, 'src', 'test', '--config', '.dependency-cruiser.mjs', '--output-type', 'err-long'],
      {
        cwd: scratch,
        encoding: 'utf8',
        stdio: 'pipe',
        env: { ...process.env, NO_COLOR: '1' },
      },
    );
  } catch (error) {
    output = String(error.stdout);
  }
  const errors = output.split('\n').filter((line) => /^\s*error /.test(line));
  const sins = PROBES.filter(([rule]) => rule !== null);
  const missed = sins.filter(
    ([rule, file]) => !errors.some((line) => line.includes(`error ${rule}:`) && line.includes(file)),
  );
  for (const [rule, file] of missed) process.stderr.write(`MISSED ${rule} in ${file}\n`);
  process.stdout.write(`${sins.length - missed.length} of ${sins.length} architecture probes caught\n`);
  if (missed.length > 0) process.stderr.write(output);
  process.exitCode = missed.length > 0 ? 1 : 0;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
