import path from 'node:path';
import ts from 'typescript';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FILE = path.join(ROOT, 'test/setup/realtime-events.virtual.ts');

/** Long texts make no difference to a type. */
const shortened = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > 200 ? value.slice(0, 200) : value;

/**
 * What OpenAI's own types say against these values, each of them as `name` of `openai/resources/realtime/realtime`. The
 * compiler judges, as there is no other form of these types to be had.
 */
export function typeFlaws(values: readonly unknown[], name = 'RealtimeServerEvent'): string[] {
  const literals = [...new Set(values.map((value) => JSON.stringify(value, shortened)))];
  const source = [
    `import type { ${name} } from 'openai/resources/realtime/realtime';`,
    // Of a type parameter, fields that OpenAI does not know are allowed, as they are on the wire.
    `declare function check<Given extends ${name}>(given: Given): void;`,
    ...literals.map((literal) => `check(${literal});`),
  ].join('\n');
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [FILE], include: [] }, ts.sys, ROOT);
  const host = ts.createCompilerHost({ ...options, noEmit: true, types: [] });
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) =>
    file === FILE ? ts.createSourceFile(file, source, ts.ScriptTarget.ESNext, true) : read(file, ...rest);
  host.fileExists = (file) => file === FILE || ts.sys.fileExists(file);
  const program = ts.createProgram([FILE], { ...options, noEmit: true, types: [] }, host);
  return ts.getPreEmitDiagnostics(program, program.getSourceFile(FILE)).map(({ messageText, start = 0 }) => {
    const line = source.slice(0, start).split('\n').length - 1;
    return `${ts.flattenDiagnosticMessageText(messageText, '\n')}\n  in ${source.split('\n')[line]}`;
  });
}
