/** Startup parameters that are not settings of the session, or that every connection has alike. */
const NOT_SETTINGS = new Set(['user', 'database', 'replication', 'options', 'client_encoding']);

/**
 * The settings a connection asks for in its startup message: parameters that are settings (`application_name`,
 * `statement_timeout`) and those inside `options` (`-c search_path=a`, `--search_path=a`; a backslash keeps a blank).
 */
export function startupSettings(parameters: Map<string, string>): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of parameters) if (!NOT_SETTINGS.has(name)) settings.set(name, value);
  for (const [name, value] of parseOptions(parameters.get('options') ?? '')) settings.set(name, value);
  return settings;
}

function parseOptions(options: string): [string, string][] {
  const words = [...options.matchAll(/(?:\\.|[^\s\\])+/gs)].map(([word]) => word.replaceAll(/\\(.)/gs, '$1'));
  const found: [string, string][] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const setting = word === '-c' ? (words[++i] ?? '') : word.replace(/^(?:--|-c)/, '');
    const equals = setting.indexOf('=');
    if (equals > 0) found.push([setting.slice(0, equals).replaceAll('-', '_'), setting.slice(equals + 1)]);
  }
  return found;
}

/** SQL that gives the shared session exactly these settings and the defaults for all others. */
export function settingsSql(settings: Map<string, string>): string {
  const calls = [...settings].map(([name, value]) => `set_config(${literal(name)}, ${literal(value)}, false)`);
  return calls.length === 0 ? 'RESET ALL' : `RESET ALL; SELECT ${calls.join(', ')}`;
}

function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}
