// An MCP server over stdio without any SDK, so that it can break every rule. argv[2] says how it behaves from the start;
// the rest is done by its tools.
import { createInterface } from 'node:readline';

const behaviour = process.argv[2] ?? 'plain';
const MODERN = '2026-07-28';
const NO_ARGUMENTS = { type: 'object', properties: {} };

let deaf = behaviour === 'silent';
let lists = 0;
let nextId = 1;
const cancelled = [];
const waiting = new Map();
const grown = [];

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (words) => ({ content: [{ type: 'text', text: String(words) }] });
const ask = (method, params) =>
  new Promise((resolve) => {
    const id = `server-${nextId++}`;
    waiting.set(id, resolve);
    send({ id, method, params });
  });

const NOISE = [
  'this is no JSON',
  '{"jsonrpc":"2.0","id":9999,"result":{}}',
  '{"jsonrpc":"2.0","id":"nobody","error":{"code":1,"message":"?"}}',
  '{"jsonrpc":"1.0"}',
  '[]',
  '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":77,"progress":1}}',
  '{"jsonrpc":"2.0","method":"notifications/unheard_of"}',
  '{"jsonrpc":"2.0","id":1,"method":"unheard/of"}',
  'null',
  '\u0000\u0001\uFFFD{',
];
const makeNoise = () => process.stdout.write(`${NOISE.join('\n')}\n`);

const TOOLS = {
  echo: ({ message }) => text(message),
  pid: () => text(process.pid),
  env: () => text(JSON.stringify(process.env)),
  fail: ({ message }) => ({ ...text(message), isError: true }),
  fail_silently: () => ({ content: [], isError: true }),
  refuse: ({ message }) => {
    throw new Error(message);
  },
  die: () => process.exit(3),
  die_after: () => {
    setTimeout(() => process.exit(3), 20);
    return text('soon');
  },
  hang: () => new Promise(() => undefined),
  deafen: () => {
    deaf = true;
    return new Promise(() => undefined);
  },
  cancelled: () => text(JSON.stringify(cancelled)),
  noise: () => {
    makeNoise();
    return text('after the noise');
  },
  nonsense: () => ({ content: 'not a list' }),
  huge: ({ bytes }) => text('x'.repeat(bytes)),
  structured: () => ({ content: [], structuredContent: { answer: 42 } }),
  grow: ({ name }) => {
    grown.push(name);
    for (let at = 0; at < 20; at++) send({ method: 'notifications/tools/list_changed' });
    return text('grown');
  },
  lists: () => text(lists),
  progress: () => {
    // Without being asked: of the request that is the first call of every session.
    const params = { progressToken: 2, progress: 1 };
    setInterval(() => send({ method: 'notifications/progress', params }), 20);
    return new Promise(() => undefined);
  },
  complain: ({ message }) => {
    process.stderr.write(`${message}\n`);
    return text('complained');
  },
  ask: async ({ method, params }) => text(JSON.stringify(await ask(method, params))),
};

const listed = (name, inputSchema = NO_ARGUMENTS) => ({ name, description: `Does ${name}.`, inputSchema });

const SCHEMAS = [
  listed('local', { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { type: 'string' } } }),
  listed('remote', { type: 'object', properties: { a: { $ref: process.env.REMOTE_SCHEMA ?? 'https://e.invalid/s' } } }),
  listed('list', { type: 'array' }),
  listed('untyped', { properties: {} }),
  { name: 'no_schema' },
  listed('get.weather'),
  listed('get weather'),
  listed('get_weather'),
  listed('x'.repeat(100)),
  { name: 7 },
  null,
  'a word',
  { ...listed('task'), execution: { taskSupport: 'required' } },
  { ...listed('wordy'), description: 'w'.repeat(100_000) },
];

function page(cursor) {
  lists++;
  const names = [...Object.keys(TOOLS), ...grown];
  const at = Number(cursor ?? 0);
  if (behaviour === 'schemas') return { tools: SCHEMAS };
  if (behaviour === 'pages') {
    const next = at + 1 < names.length ? { nextCursor: String(at + 1) } : {};
    return { tools: [listed(names[at])], ...next };
  }
  if (behaviour === 'endless') return { tools: [listed(`tool_${at}`)], nextCursor: String(at + 1) };
  return { tools: names.map((name) => listed(name)) };
}

/** What every list of the later protocol carries. */
const CACHING = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
const unknownMethod = () => Object.assign(new Error('Method not found'), { code: -32_601 });
const capabilities = { tools: behaviour === 'modern' ? {} : { listChanged: true } };
const serverInfo = { name: 'fake', version: '1' };

const METHODS = {
  initialize: ({ protocolVersion }) => {
    if (behaviour === 'modern') throw unknownMethod();
    if (behaviour === 'refusing') throw Object.assign(new Error('secret words'), { code: -32_000 });
    return { protocolVersion, capabilities, serverInfo };
  },
  'server/discover': () => {
    if (behaviour !== 'modern') throw unknownMethod();
    return { ...CACHING, supportedVersions: [MODERN], capabilities };
  },
  ping: () => ({}),
  'tools/list': ({ cursor }) => ({ ...page(cursor), ...(behaviour === 'modern' && CACHING) }),
  'tools/call': async ({ name, arguments: args = {} }) => {
    const result = await (TOOLS[name] ?? (() => text(name)))(args);
    return behaviour === 'modern' ? { resultType: 'complete', ...result } : result;
  },
};

async function answerTo({ id, method, params = {} }) {
  try {
    const answer = METHODS[method];
    if (answer === undefined) throw unknownMethod();
    send({ id, result: await answer(params) });
  } catch (error) {
    send({ id, error: { code: error.code ?? -32_603, message: error.message } });
  }
}

function take(message) {
  if (deaf) return;
  if (message.method === 'notifications/cancelled') cancelled.push(message.params.reason);
  else if (message.method === undefined) waiting.get(message.id)?.(message.error ?? message.result);
  else if (message.id !== undefined) void answerTo(message);
}

if (behaviour === 'crash') process.exit(1);
if (behaviour === 'garbage') makeNoise();
if (behaviour === 'stubborn') {
  process.on('SIGTERM', () => undefined);
  setInterval(() => undefined, 1000);
}
if (behaviour === 'chatty') process.stderr.write(`begin ${process.env.TOKEN}\n`);
const input = createInterface({ input: process.stdin });
input.on('line', (line) => take(JSON.parse(line)));
if (behaviour !== 'stubborn') input.on('close', () => process.exit(0));
