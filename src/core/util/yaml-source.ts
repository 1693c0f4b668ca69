import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, Scalar, visit } from 'yaml';

export interface YamlFlaw {
  /** 1-based. */
  line: number | undefined;
  reason: string;
}

export interface YamlSource {
  file: string;
  /** The document as plain data; an empty file is `{}`. */
  plain: Record<string, unknown>;
  flaws: YamlFlaw[];
  /** The 1-based line where this path, or the nearest existing parent of it, stands. */
  lineOf(path: string): number | undefined;
  has(path: string): boolean;
  /** Whether the value at this path was written with a `${VARIABLE}`. */
  interpolated(path: string): boolean;
}

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

type Variables = Record<string, string | undefined>;

/** `${NAME}` and `${NAME:-default}`; reports each variable that is neither set nor defaulted. */
function interpolate(text: string, variables: Variables, missing: (name: string) => void): string {
  return text.replaceAll(VARIABLE, (_, name: string, fallback: string | undefined) => {
    const value = variables[name];
    if (value !== undefined && value !== '') return value;
    if (fallback === undefined) missing(name);
    return fallback ?? '';
  });
}

/** An unquoted scalar keeps YAML's types after interpolation, so that `port: ${PORT:-3000}` is a number. */
function retype(text: string): unknown {
  if (text === '') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Fills in the variables of a whole document; returns the nodes it touched. */
function interpolateAll(document: Document, variables: Variables, missing: (name: string, at: number) => void) {
  const touched = new Set<unknown>();
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value !== 'string' || !node.value.includes('${')) return;
      touched.add(node);
      const text = interpolate(node.value, variables, (name) => missing(name, node.range?.[0] ?? 0));
      node.value = node.type === Scalar.PLAIN ? retype(text) : text;
    },
  });
  return touched;
}

const keysOf = (path: string) =>
  path
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter(Boolean);

/** One step down: the node under `key`, and where that key or entry starts. */
function child(node: unknown, key: string): { next: unknown; start: number | undefined } {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    return { next: pair?.value, start: isScalar(pair?.key) ? pair.key.range?.[0] : undefined };
  }
  const entry = isSeq(node) ? node.items[Number(key)] : undefined;
  return { next: entry, start: isNode(entry) ? entry.range?.[0] : undefined };
}

function nodeLine(root: unknown, path: string, lines: LineCounter): number | undefined {
  let node = root;
  let line: number | undefined;
  for (const key of keysOf(path)) {
    const { next, start } = child(node, key);
    if (start !== undefined) line = lines.linePos(start).line;
    node = next;
  }
  return line;
}

/** Where the first alias stands. */
function aliasLine(document: Document, lines: LineCounter): number | undefined {
  const starts: number[] = [];
  visit(document, {
    Alias: (_key, node) => {
      if (node.range) starts.push(node.range[0]);
    },
  });
  const [first] = starts;
  return first === undefined ? undefined : lines.linePos(first).line;
}

/** The document as data; aliases that lead nowhere, or multiply without end, show only here. */
function plainOf(document: Document, lines: LineCounter, flaws: YamlFlaw[]): Record<string, unknown> {
  try {
    const plain: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
    if (typeof plain === 'object' && plain !== null && !Array.isArray(plain)) return plain as Record<string, unknown>;
    flaws.push({ line: 1, reason: 'must be a mapping of keys to values' });
  } catch (error) {
    flaws.push({ line: aliasLine(document, lines), reason: (error as Error).message });
  }
  return {};
}

/** Reads one YAML text; syntax errors and a document that is no mapping become flaws, not exceptions. */
export function readYaml(file: string, text: string, variables: Variables = {}): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const flaws: YamlFlaw[] = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    reason: error.message,
  }));
  let interpolated = new Set<unknown>();
  let plain: Record<string, unknown> = {};
  if (flaws.length === 0) {
    interpolated = interpolateAll(document, variables, (name, at) =>
      flaws.push({
        line: lines.linePos(at).line,
        reason: `\${${name}} is not set; set the variable or write a default: \${${name}:-value}`,
      }),
    );
    plain = plainOf(document, lines, flaws);
  }
  return {
    file,
    plain,
    flaws,
    lineOf: (path) => nodeLine(document.contents, path, lines),
    has: (path) => document.hasIn(keysOf(path)),
    interpolated: (path) => interpolated.has(document.getIn(keysOf(path), true)),
  };
}
