import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Personality } from '../../core/domain/personality.js';
import { validateStrictly } from '../../core/util/strict-validation.js';
import { readYaml } from '../../core/util/yaml-source.js';

export interface PersonalitySet {
  all: readonly Personality[];
  byId: ReadonlyMap<string, Personality>;
  default: Personality;
}

export type ReadResult = { set: PersonalitySet } | { problems: string[] };

/** Providers of each kind that personalities may name. */
export type KnownProviders = Record<'ai' | 'memory' | 'profile' | 'knowledge', readonly string[]>;

interface ReadFile {
  file: string;
  personality?: Personality;
  problems: string[];
}

function readFile(directory: string, file: string): ReadFile {
  const source = readYaml(file, readFileSync(path.join(directory, file), 'utf8'));
  const at = (line: number | undefined, reason: string) => `personalities/${file}:${line ?? 1}: ${reason}`;
  if (source.flaws.length > 0) return { file, problems: source.flaws.map((flaw) => at(flaw.line, flaw.reason)) };
  const { value, flaws } = validateStrictly(Personality, source.plain);
  const problems = flaws.map((flaw) => at(source.lineOf(flaw.path), `${flaw.path} ${flaw.reason}`));
  return problems.length > 0 ? { file, problems } : { file, personality: freeze(value), problems };
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

/** What only shows when all files are read: ids used twice, unknown providers, not exactly one default. */
function problemsBetween(read: ReadFile[], known: KnownProviders): string[] {
  const problems: string[] = [];
  const fileOf = new Map<string, string>();
  for (const { file, personality } of read) {
    if (!personality) continue;
    const other = fileOf.get(personality.id);
    if (other) problems.push(`personalities/${file}: id "${personality.id}" is already used by ${other}`);
    fileOf.set(personality.id, file);
    problems.push(...unknownProviders(personality, known).map((problem) => `personalities/${file}: ${problem}`));
  }
  const defaults = read.filter(({ personality }) => personality?.is_default).map(({ file }) => file);
  if (defaults.length !== 1 && read.every(({ personality }) => personality)) {
    problems.push(
      `personalities/: exactly one file must say "is_default: true"; now: ${defaults.join(', ') || 'none'}`,
    );
  }
  return problems;
}

function unknownProviders(personality: Personality, known: KnownProviders): string[] {
  return (['ai', 'memory', 'profile', 'knowledge'] as const).flatMap((kind) => {
    const { provider } = personality[kind];
    if (!provider || known[kind].includes(provider)) return [];
    const fix = kind === 'ai' ? '' : `; name one of these, leave the key out, or set the engine up in engines.yaml`;
    return [`${kind}.provider "${provider}" is not configured; known: ${known[kind].join(', ')}${fix}`];
  });
}

/** Reads every `*.yaml` of the folder. All or nothing: one bad file gives problems and no set. */
export function readPersonalities(directory: string, known: KnownProviders): ReadResult {
  const files = existsSync(directory) ? readdirSync(directory).filter((name) => /\.ya?ml$/.test(name)) : [];
  if (files.length === 0)
    return { problems: [`personalities/: ${directory} holds no YAML file; at least one is needed`] };
  const read = files.toSorted().map((file) => readFile(directory, file));
  const problems = [...read.flatMap((file) => file.problems), ...problemsBetween(read, known)];
  const all = read.flatMap(({ personality }) => personality ?? []);
  const standard = all.find((personality) => personality.is_default);
  if (problems.length > 0 || !standard) return { problems };
  return { set: { all, byId: new Map(all.map((personality) => [personality.id, personality])), default: standard } };
}
