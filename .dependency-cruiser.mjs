// The whole architecture in one table: layer -> what it may import.
const MAY_IMPORT = {
  core: [],
  storage: ['core'],
  engines: ['core', 'storage'],
  context: ['core', 'storage', 'engines'],
  orchestration: ['core', 'storage', 'engines', 'context'],
  api: ['core', 'orchestration'],
};

// Outside a layer, only these files of it are visible.
const PUBLIC_FILES = {
  storage: {
    files: String.raw`\.(repository|module)\.ts$`,
    alsoTo: [{ from: '^src/orchestration/jobs/', files: String.raw`\.connection\.ts$` }],
  },
  engines: { files: String.raw`\.(port|module)\.ts$|/engine-health\.ts$`, alsoTo: [] },
};

// Where the parts are put together: everything but what owns data.
const ROOT = '^src/[^/]+\\.ts$';
const COMMANDS = '^src/commands/';
const SPEC = '\\.spec\\.ts$';

// Of engines, but of no kind: what engines of several kinds are built on.
const SHARED_ENGINE_PARTS = '^src/engines/(openai|resilience)/';

// npm packages that one place owns.
const OWNED = [
  { name: 'typeorm', npm: 'typeorm|@nestjs/typeorm|pg|ioredis|@electric-sql/[^/]+', by: ['^src/storage/', COMMANDS] },
  { name: 'mediasoup', npm: 'mediasoup|libopus-wasm|sdp-transform', by: ['^src/engines/media/'] },
  { name: 'openai', npm: 'openai|@modelcontextprotocol/[^/]+', by: ['^src/(engines|api)/'] },
  { name: 'bullmq', npm: 'bullmq|@nestjs/bullmq', by: ['^src/orchestration/jobs/', ROOT] },
  { name: 'opentelemetry', npm: '@opentelemetry/[^/]+', by: ['^src/core/tracing/'] },
  {
    name: 'express',
    npm: 'express|ws|socket\\.io|@nestjs/(swagger|websockets|terminus|platform-[^/]+)',
    by: ['^src/api/', ROOT],
  },
];

const layers = Object.keys(MAY_IMPORT);
const composers = [ROOT, COMMANDS];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment: 'An unresolved import escapes every other rule.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [SPEC, '^src/main\\.ts$', COMMANDS, '\\.worker\\.mjs$', '\\.d\\.m?ts$', '^test/'],
      },
      to: {},
    },
    { name: 'not-to-test', severity: 'error', from: { path: '^src/', pathNot: SPEC }, to: { path: `^test/|${SPEC}` } },
    ...layers.map((layer) => ({
      name: `${layer}-only-downward`,
      severity: 'error',
      comment: `${layer} may import: ${MAY_IMPORT[layer].join(', ') || 'nothing of ours'}.`,
      from: { path: `^src/${layer}/` },
      to: { path: '^src/', pathNot: [layer, ...MAY_IMPORT[layer]].map((name) => `^src/${name}/`) },
    })),
    ...Object.entries(PUBLIC_FILES).flatMap(([layer, { files, alsoTo }]) => [
      {
        name: `${layer}-only-through-public-files`,
        severity: 'error',
        from: { path: '^src/', pathNot: [`^src/${layer}/`, SPEC, ...composers, ...alsoTo.map(({ from }) => from)] },
        to: { path: `^src/${layer}/`, pathNot: files },
      },
      ...alsoTo.map((extra) => ({
        name: `${layer}-only-through-public-files`,
        severity: 'error',
        from: { path: extra.from, pathNot: SPEC },
        to: { path: `^src/${layer}/`, pathNot: [files, extra.files] },
      })),
    ]),
    {
      name: 'entities-never-leave-storage',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/storage/' },
      to: { path: String.raw`\.entity\.ts$` },
    },
    {
      name: 'engine-kinds-meet-at-ports',
      severity: 'error',
      comment: 'engines/memory may know what an AiEngine is, never which one.',
      from: { path: '^src/engines/([^/]+)/' },
      to: {
        path: '^src/engines/[^/]+/',
        pathNot: ['^src/engines/$1/', String.raw`\.port\.ts$`, SHARED_ENGINE_PARTS],
      },
    },
    {
      name: 'api-speaks-openai-types-only',
      severity: 'error',
      from: { path: '^src/api/' },
      to: { path: 'node_modules/openai/', dependencyTypesNot: ['type-only'] },
    },
    ...OWNED.map(({ name, npm, by }) => ({
      name: `owned:${name}`,
      severity: 'error',
      from: { path: '^src/', pathNot: by },
      to: { path: `node_modules/(@types/)?(${npm})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
