import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

/** Nest needs decorator metadata: swc makes the tests as it makes the build. */
const plugins = [
  swc.vite({
    swcrc: false,
    module: { type: 'es6' },
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, verbatimModuleSyntax: true },
      keepClassNames: true,
    },
  }),
];

/** Nest's decorators need it before the first of them runs, whichever file is the first. */
const setupFiles = ['test/setup/reflect.ts'];

/** Files that run in one process share its database and its server, one after the other. */
const shared = { setupFiles, pool: 'forks' as const, isolate: false, testTimeout: 60_000, hookTimeout: 120_000 };

/** After those that share nothing. What takes place in real time, which nothing else is to hold up. */
const SOUND = ['test/e2e/{voice-*,realtime-*,console-call,dictation,media}.test.ts'];
const alone = { ...shared, maxWorkers: 1, sequence: { groupOrder: 1 } };

/** Two processes, as most of the time one waits for its server. */
const twoAtOnce = { ...shared, maxWorkers: 2, sequence: { groupOrder: 2 } };

/** Of tests with a database and a server: a busy CI machine gets a second try, which `npm test` then tells of. */
const retry = process.env['CI'] ? 1 : 0;

export default defineConfig({
  test: {
    globalSetup: ['test/setup/sweep.ts'],
    projects: [
      {
        plugins,
        test: {
          name: 'unit',
          include: ['src/**/*.spec.ts', 'bench/**/*.spec.ts'],
          setupFiles,
          pool: 'threads',
          isolate: false,
          testTimeout: 20_000,
        },
      },
      { test: { name: 'operations', include: ['test/operations/**/*.test.ts'], pool: 'threads', testTimeout: 60_000 } },
      { test: { name: 'console', include: ['console/src/**/*.spec.ts'], pool: 'threads', isolate: false } },
      { plugins, test: { name: 'contract', include: ['test/contract/**/*.test.ts'], ...alone, retry } },
      { plugins, test: { name: 'medium', include: ['test/medium/**/*.test.ts'], ...twoAtOnce, retry } },
      { plugins, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], exclude: SOUND, ...twoAtOnce, retry } },
      { plugins, test: { name: 'sound', include: SOUND, ...alone, retry } },
    ],
  },
});
