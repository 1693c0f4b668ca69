import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { validateStrictly } from '../util/strict-validation.js';
import { readYaml, type YamlSource } from '../util/yaml-source.js';
import { CozyConfig, type SectionName, SECTIONS } from './cozy-config.js';
import { MOST_UPSTREAMS } from './sections/canary.section.js';
import { MOST_PROVIDERS } from './sections/engines.section.js';
import { MOST_SPEECH_PROVIDERS } from './sections/speech.section.js';
import { type Environment, readEnvironment, SECRET_PATHS, type Setting } from './env.js';

/** A configuration that cannot be used; `problems` holds every one of them, ready for an operator. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: string[]) {
    super(
      `The configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n` +
        problems.map((problem) => `  - ${problem}`).join('\n'),
    );
  }
}

export interface LoadedConfig {
  config: CozyConfig;
  /** The folder the files came from, absolute. */
  directory: string;
}

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Overlay values replace base values; mappings are merged, lists are replaced whole. */
function merge(base: Tree, overlay: Tree): Tree {
  const merged = { ...base };
  for (const [key, value] of Object.entries(overlay)) {
    const below = merged[key];
    merged[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return merged;
}

function setPath(tree: Tree, dotted: string, value: unknown): Tree {
  const [head = '', ...rest] = dotted.split('.');
  const below = tree[head];
  return { ...tree, [head]: rest.length === 0 ? value : setPath(isTree(below) ? below : {}, rest.join('.'), value) };
}

function readSources(directory: string, env: string, environment: Environment) {
  const sources = new Map<SectionName, YamlSource[]>();
  const problems: string[] = [];
  const files = existsSync(directory) ? readdirSync(directory).filter((name) => /\.ya?ml$/.test(name)) : [];
  if (files.length === 0 && environment['CONFIG_DIR']) {
    problems.push(`CONFIG_DIR: ${directory} holds no YAML file; point it at a folder like config/ or unset it`);
  }
  for (const file of files.toSorted((a, b) => a.split('.').length - b.split('.').length)) {
    const [name = '', overlay] = file.replace(/\.ya?ml$/, '').split('.');
    if (!Object.hasOwn(SECTIONS, name)) {
      problems.push(
        `${file}: is not a known file; known: ${Object.keys(SECTIONS).join(', ')} (.yaml); rename or remove it`,
      );
    } else if (overlay === undefined || overlay === env) {
      const source = readYaml(file, readFileSync(path.join(directory, file), 'utf8'), environment);
      sources.set(name as SectionName, [...(sources.get(name as SectionName) ?? []), source]);
      problems.push(...source.flaws.map((flaw) => `${file}:${flaw.line ?? '?'}: ${flaw.reason}`));
    }
  }
  return { sources, problems };
}

/** Says where a value came from: the variable that set it, or the last file that did, with its line. */
function place(section: SectionName, keyPath: string, sources: YamlSource[], settings: Setting[]): string {
  const full = `${section}.${keyPath}`;
  const setting = settings.find((entry) => full === entry.path || full.startsWith(`${entry.path}[`));
  if (setting) return `${setting.variable} (sets ${setting.path})`;
  const source = sources.findLast((entry) => entry.has(keyPath)) ?? sources.at(-1);
  return source ? `${source.file}:${source.lineOf(keyPath) ?? 1}: ${keyPath}` : `${section}.yaml: ${keyPath}`;
}

/** The environment's name decides which overlays are read, so it is found before they are. */
function environmentName(directory: string, environment: Environment): string {
  if (environment['APP_ENV']) return environment['APP_ENV'];
  const file = path.join(directory, 'app.yaml');
  const base = existsSync(file) ? readYaml('app.yaml', readFileSync(file, 'utf8'), environment).plain : {};
  return typeof base['env'] === 'string' ? base['env'] : new CozyConfig().app.env;
}

/**
 * Reads `config/*.yaml`, the overlays of this environment and the environment itself; precedence is environment,
 * overlay, base file, code default. Throws a ConfigError that names every problem at once.
 */
export function loadConfig(environment: Environment, defaultDirectory: string): LoadedConfig {
  const directory = path.resolve(environment['CONFIG_DIR'] || defaultDirectory);
  const env = environmentName(directory, environment);
  const { sources, problems } = readSources(directory, env, environment);
  const { settings, flaws } = readEnvironment(environment);
  problems.push(...flaws);

  const config = new CozyConfig();
  for (const section of Object.keys(SECTIONS) as SectionName[]) {
    const files = sources.get(section) ?? [];
    let tree = files.reduce<Tree>((merged, source) => merge(merged, source.plain), {});
    for (const setting of settings) {
      if (setting.path.startsWith(`${section}.`))
        tree = setPath(tree, setting.path.slice(section.length + 1), setting.value);
    }
    const { value, flaws: broken } = validateStrictly<object>(SECTIONS[section], tree);
    Object.assign(config, { [section]: value });
    problems.push(...broken.map((flaw) => `${place(section, flaw.path, files, settings)} ${flaw.reason}`));
    problems.push(...secretsInFiles(section, files, config.canary.upstreams));
  }
  problems.push(...crossChecks(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return { config, directory };
}

const keysOf = (list: string, length: number, key = 'api_key'): string[] =>
  Array.from({ length }, (_, index) => `${list}[${index}].${key}`);

/** A secret written into a file ends up in a repository; only `${NAME}` may stand there. */
function secretsInFiles(
  section: SectionName,
  files: YamlSource[],
  upstreams: CozyConfig['canary']['upstreams'],
): string[] {
  const others = [
    ...keysOf('engines.ai.others', MOST_PROVIDERS),
    ...keysOf('engines.speech.stt.fallbacks', MOST_SPEECH_PROVIDERS),
    ...keysOf('engines.speech.tts.fallbacks', MOST_SPEECH_PROVIDERS),
    ...keysOf('canary.upstreams', MOST_UPSTREAMS, 'sign.secret'),
    ...upstreams.flatMap(({ tokens = {} }, index) =>
      Object.keys(tokens).map((user) => `canary.upstreams[${index}].tokens.${user}`),
    ),
  ];
  return [...SECRET_PATHS, ...others]
    .filter((secret) => secret.startsWith(`${section}.`))
    .map((secret) => secret.slice(section.length + 1))
    .flatMap((keyPath) =>
      files
        .filter((file) => file.has(keyPath) && !file.interpolated(keyPath))
        .map((file) => `${file.file}:${file.lineOf(keyPath) ?? 1}: ${keyPath} is a secret; give it by the environment`),
    );
}

/** As its readers will: parsed, and its parts percent-decoded. */
function isUrl(text: string): boolean {
  try {
    const { username, password, pathname } = new URL(text);
    return [username, password, pathname].every((part) => typeof decodeURIComponent(part) === 'string');
  } catch {
    return false;
  }
}

function urlProblems({ database_url, redis_url }: CozyConfig['storage']): string[] {
  return Object.entries({ DATABASE_URL: database_url, REDIS_URL: redis_url })
    .filter(([, url]) => url !== undefined && !isUrl(url))
    .map(([name]) => `${name}: is no URL; percent-encode what is special in the password`);
}

/** Elsewhere each is made on first use and kept in `data_dir`. */
function missingSecrets({ jwt_secret, audit_hmac_key }: CozyConfig['security']): string[] {
  return Object.entries({ JWT_SECRET: jwt_secret, AUDIT_HMAC_KEY: audit_hmac_key })
    .filter(([, secret]) => !secret)
    .map(([name]) => `${name}: is missing; production needs one of at least 32 characters (openssl rand -hex 32)`);
}

function crossChecks({ app, security, engines, storage, media }: CozyConfig): string[] {
  const problems = [...urlProblems(storage), ...(app.production ? missingSecrets(security) : [])];
  const { admin_username: username, admin_email: email, admin_password: password } = security;
  if ((username || email) && !(username && email && password)) {
    problems.push('ADMIN_USERNAME, ADMIN_EMAIL, ADMIN_PASSWORD: the first admin needs all three; give them or none');
  }
  if (media.turn.urls.length > 0 && !media.turn.secret) {
    problems.push('TURN_SECRET: is missing; the servers of media.turn.urls ask for it; give both or none');
  }
  const names = ['auto', 'openai', 'demo', ...engines.ai.others.map((other) => other.name)];
  if (!names.includes(engines.ai.provider)) {
    problems.push(`engines.yaml: ai.provider "${engines.ai.provider}" is not configured; known: ${names.join(', ')}`);
  }
  const { stt, tts } = engines.speech;
  problems.push(
    ...namedTwice('ai.others', names),
    ...namedTwice('speech.stt.fallbacks', ['openai', ...stt.fallbacks.map((other) => other.name)]),
    ...namedTwice('speech.tts.fallbacks', ['openai', ...tts.fallbacks.map((other) => other.name)]),
  );
  return problems;
}

const namedTwice = (list: string, names: readonly string[]): string[] =>
  names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => `engines.yaml: ${list} names "${name}" twice; every provider needs its own name`);
