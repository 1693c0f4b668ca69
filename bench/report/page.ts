import { find } from './find.js';
import { type Goal, GOALS, verdict } from './goals.js';
import { SECTIONS, type Section } from './sections.js';
import { type Chart, svgOf } from './svg.js';
import { line, NOTHING, shown, tables } from './table.js';

/** A result as its file holds it; fields that older ones lack are told as not recorded. */
export type StoredResult = Record<string, unknown> & { bench: string };

export interface Page {
  markdown: string;
  /** By file name. */
  plots: Map<string, string>;
}

const IMAGES = 'images/performance';
const UNKNOWN = 'not recorded';
const CIRCUMSTANCES = new Set(['bench', 'command', 'measured_at', 'database', 'machine']);

const isEmbedded = ({ database }: StoredResult): boolean => database === 'embedded';

function circumstances(result: StoredResult): string {
  const { cpus, model, memory_gb: memory, node, load } = (result['machine'] ?? {}) as Record<string, unknown>;
  const machine = [cpus && `${shown(cpus)} cores`, model, memory && `${shown(memory)} GB`, node && `Node.js ${shown(node)}`]; // prettier-ignore
  const told: [string, string][] = [
    ['Command', result['command'] ? `\`${shown(result['command'])}\`` : UNKNOWN],
    ['Date', result['measured_at'] ? shown(result['measured_at']).slice(0, 16).replace('T', ' ') + ' UTC' : UNKNOWN],
    ['Machine', machine.filter(Boolean).join(', ') || UNKNOWN],
    ['Database', result['database'] ? shown(result['database']) : UNKNOWN],
    ['Load average before the run', load === undefined ? UNKNOWN : shown(load)],
  ];
  return told.map(([what, value]) => `- ${what}: ${value}`).join('\n');
}

/** Where a bench ran on both, the real services count; a goal of one store alone says so itself. */
function goalRow(goal: Goal, results: readonly StoredResult[]): string {
  const measured = results
    .filter(({ bench }) => bench === goal.bench)
    .toSorted((one, other) => Number(isEmbedded(one)) - Number(isEmbedded(other)))
    .map((result) => ({ result, value: goal.value(result) }))
    .find(({ value }) => value !== undefined);
  const withUnit = (value: number) => `${shown(value)}${goal.unit.startsWith('/') ? '' : ' '}${goal.unit}`.trim();
  const said = verdict(goal, measured?.value);
  return line([
    goal.what,
    `${goal.bound} ${withUnit(goal.limit)}`,
    measured?.value === undefined ? NOTHING : withUnit(measured.value),
    said === 'reached' ? said : `**${said}**`,
    shown(find(measured?.result, 'database')),
    shown(find(measured?.result, 'machine', 'load')),
  ]);
}

function figures(section: Section, result: StoredResult): string {
  const chosen = section.shown?.(result) ?? result;
  const own = Object.fromEntries(Object.entries(chosen).filter(([key]) => !CIRCUMSTANCES.has(key)));
  return tables(own).join('\n\n');
}

function plotsOf(section: Section, result: StoredResult): [chart: Chart, svg: string][] {
  return (section.charts?.(result) ?? []).flatMap((chart): [Chart, string][] => {
    const svg = svgOf(chart);
    const file = isEmbedded(result) ? `${chart.file}-embedded` : chart.file;
    return svg === undefined ? [] : [[{ ...chart, file }, svg]];
  });
}

function part(section: Section, results: readonly StoredResult[], plots: Map<string, string>): string[] {
  const own = results.filter(({ bench }) => bench === section.bench);
  if (own.length === 0) return [];
  const lines = [`## ${section.title}`, section.what];
  for (const result of own) {
    if (own.length > 1) lines.push(`### ${isEmbedded(result) ? 'Embedded database' : 'Real services'}`);
    lines.push(circumstances(result));
    for (const [{ file, title }, svg] of plotsOf(section, result)) {
      plots.set(`${file}.svg`, svg);
      lines.push(`![${title}](${IMAGES}/${file}.svg)`);
    }
    lines.push(figures(section, result));
  }
  return lines;
}

const HEAD = `# Performance

What \`npm run bench\` has measured, made from \`bench/results/*.json\` by \`npm run bench:report\`; no figure here is written
by hand, and what has not been measured is not here. Servers, clients and simulated providers share the machine. A load
average above zero before the run means that others used it too: such figures are worse than those of a quiet machine.
How to run them on a cluster of your own: [bench/artillery](../bench/artillery/README.md).`;

/** The page and its plots, from the results alone. */
export function pageOf(results: readonly StoredResult[]): Page {
  const plots = new Map<string, string>();
  const lines = [
    HEAD,
    '## Goals',
    [
      '| | Goal | Measured | | Database | Load before |',
      '|---|---:|---:|---|---|---:|',
      ...GOALS.map((goal) => goalRow(goal, results)),
    ].join('\n'),
    ...SECTIONS.flatMap((section) => part(section, results, plots)),
  ];
  return { markdown: `${lines.join('\n\n')}\n`, plots };
}
