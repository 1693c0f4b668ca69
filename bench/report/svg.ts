/** A plot as an SVG of its own that can be read on light and dark pages. */
export interface Series {
  name: string;
  /** For bars one a category; for lines the points are given instead. */
  values?: (number | undefined)[];
  points?: [x: number, y: number][];
}

export interface Chart {
  /** Name of the file. */
  file: string;
  title: string;
  unit: string;
  /** Bars stand in groups of these; a chart without them has lines. */
  categories?: string[];
  /** What stands below. */
  below: string;
  series: Series[];
}

const WIDTH = 720;
const HEIGHT = 340;
const LEFT = 64;
const RIGHT = 16;
const TOP = 64;
const BOTTOM = 56;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;
/** Told apart on white and on black, also by people who see few colours. */
const COLOURS = ['#3b82f6', '#f59e0b', '#10b981', '#a855f7', '#ef4444', '#64748b'];
const LEGEND_CHARACTER = 6.6;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2937; }
  .title { font-size: 15px; font-weight: 600; }
  .grid { stroke: #9ca3af; stroke-opacity: 0.35; }
  @media (prefers-color-scheme: dark) { text { fill: #e5e7eb; } }
`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const place = (value: number): string => String(Math.round(value * 10) / 10);
const label = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 });

/** About `count` round numbers from 0 (or below) to at least the largest value. */
export function ticksOf(least: number, most: number, count = 5): number[] {
  const span = Math.max(most - Math.min(0, least), Number.EPSILON);
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one * count >= span) ?? 10 * power;
  const first = Math.floor(Math.min(0, least) / step);
  const last = Math.ceil(most / step);
  return Array.from({ length: Math.max(1, last - first) + 1 }, (_, at) =>
    Number(((first + at) * step).toPrecision(12)),
  );
}

function frame(chart: Chart, ticks: number[], y: (value: number) => number): string[] {
  const grid = ticks.flatMap((tick) => [
    `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${place(y(tick))}" y2="${place(y(tick))}"/>`,
    `<text x="${LEFT - 8}" y="${place(y(tick) + 4)}" text-anchor="end">${label(tick)}</text>`,
  ]);
  let x = LEFT;
  const legend = chart.series.flatMap(({ name }, at) => {
    const from = x;
    x += 26 + name.length * LEGEND_CHARACTER;
    return [
      `<rect x="${place(from)}" y="38" width="10" height="10" rx="2" fill="${COLOURS[at % COLOURS.length]}"/>`,
      `<text x="${place(from + 15)}" y="47">${escaped(name)}</text>`,
    ];
  });
  return [
    `<text class="title" x="${LEFT}" y="22">${escaped(chart.title)}${chart.unit ? `, ${escaped(chart.unit)}` : ''}</text>`,
    ...grid,
    ...legend,
    `<text x="${LEFT + PLOT_WIDTH / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escaped(chart.below)}</text>`,
  ];
}

function bars(categories: string[], series: Series[], y: (value: number) => number): string[] {
  const group = PLOT_WIDTH / categories.length;
  const width = Math.min(40, (group * 0.8) / series.length);
  return categories.flatMap((category, at) => {
    const middle = LEFT + group * (at + 0.5);
    const from = middle - (width * series.length) / 2;
    const drawn = series.flatMap(({ values }, index) => {
      const value = values?.[at];
      if (value === undefined || Number.isNaN(value)) return [];
      const [left, top] = [from + width * index, y(value)];
      const height = Math.max(0, y(0) - top);
      const colour = COLOURS[index % COLOURS.length];
      return [
        `<rect x="${place(left)}" y="${place(top)}" width="${place(width - 2)}" height="${place(height)}" fill="${colour}"/>`,
        `<text x="${place(left + width / 2 - 1)}" y="${place(top - 4)}" text-anchor="middle" style="font-size:10px">${label(Number(value.toPrecision(3)))}</text>`,
      ];
    });
    const below = `<text x="${place(middle)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${escaped(category)}</text>`;
    return [...drawn, below];
  });
}

function lines(series: Series[], y: (value: number) => number): string[] {
  const xs = series.flatMap(({ points = [] }) => points.map(([x]) => x));
  const [least, most] = [Math.min(...xs), Math.max(...xs)];
  const x = (value: number) => LEFT + (PLOT_WIDTH * (value - least)) / (most - least || 1);
  const ends = [...new Set([least, (least + most) / 2, most])].map(
    (value) => `<text x="${place(x(value))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label(value)}</text>`,
  );
  const drawn = series.map(({ points = [] }, at) => {
    const path = points.map(([px, py]) => `${place(x(px))},${place(y(py))}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${COLOURS[at % COLOURS.length]}" stroke-width="2"/>`;
  });
  return [...ends, ...drawn];
}

/** Undefined where there is nothing to draw. */
export function svgOf(chart: Chart): string | undefined {
  const { categories, series } = chart;
  const all = series
    .flatMap(({ values = [], points = [] }) => [...values, ...points.map(([, value]) => value)])
    .filter((value): value is number => value !== undefined && !Number.isNaN(value));
  if (all.length === 0) return undefined;
  const ticks = ticksOf(Math.min(...all), Math.max(...all));
  const [lowest = 0, highest = 1] = [ticks[0], ticks.at(-1)];
  const y = (value: number) => TOP + PLOT_HEIGHT * (1 - (value - lowest) / (highest - lowest || 1));
  const drawn = categories ? bars(categories, series, y) : lines(series, y);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(chart.title).replaceAll('"', '&quot;')}">`,
    `<style>${STYLE}</style>`,
    ...frame(chart, ticks, y),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}
