import { type BuiltinTool, invalidArgument, quoted } from './builtin-tool.js';

const FORMATS = ['human', 'iso', 'date', 'time', 'unix'] as const;
const EXAMPLES = 'UTC, Europe/Berlin, America/New_York, Asia/Shanghai';
const MOST_SUGGESTIONS = 3;
const ISO_PARTS: Intl.DateTimeFormatOptions = {
  calendar: 'iso8601',
  numberingSystem: 'latn',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'longOffset',
};

type Format = (typeof FORMATS)[number];

type CurrentTimeArguments = {
  timezone?: string;
  format?: Format;
  locale?: string;
};

const DESCRIPTION =
  'Tells the current date and time in a time zone. Use it whenever an answer depends on now: "what time is it in ' +
  'Tokyo", "what day is today", "how long until…". Never guess the current date.';

const PARAMETERS = {
  type: 'object',
  additionalProperties: false,
  properties: {
    timezone: {
      type: 'string',
      minLength: 1,
      maxLength: 64,
      default: 'UTC',
      description: 'IANA name of the time zone, not a city or an abbreviation. UTC when it is not known.',
      examples: EXAMPLES.split(', '),
    },
    format: {
      type: 'string',
      enum: FORMATS,
      default: 'human',
      description:
        'human: a sentence with weekday and zone; iso: 2025-03-01T14:05:09+01:00; date: 2025-03-01; ' +
        'time: 14:05:09; unix: seconds since 1970.',
    },
    locale: {
      type: 'string',
      minLength: 2,
      maxLength: 35,
      default: 'en',
      description: 'BCP 47 tag of the language for the human format.',
      examples: ['en', 'de', 'zh-CN'],
    },
  },
};

/** @param now the clock, in milliseconds since 1970. */
export function currentTimeTool(now: () => number = Date.now): BuiltinTool {
  return {
    definition: {
      name: 'get_current_time',
      description: DESCRIPTION,
      parameters: PARAMETERS,
      level: 'read_only',
      server: null,
    },
    run({ timezone = 'UTC', format = 'human', locale = 'en' }: CurrentTimeArguments) {
      const time = new Date(now());
      const formatter = isoFormatter(timezone);
      // As Intl names it: `europe/berlin` is `Europe/Berlin`.
      const zone = formatter.resolvedOptions().timeZone;
      const iso = isoText(formatter, time);
      const unix = Math.floor(time.getTime() / 1000);
      const text = textIn(format, { iso, unix, human: () => humanText(zone, time, locale) });
      return { text, structured: { timezone: zone, iso, unix } };
    },
  };
}

function textIn(format: Format, { iso, unix, human }: { iso: string; unix: number; human: () => string }): string {
  switch (format) {
    case 'human':
      return human();
    case 'iso':
      return iso;
    case 'date':
      return iso.slice(0, 10);
    case 'time':
      return iso.slice(11, 19);
    case 'unix':
      return String(unix);
  }
}

function isoFormatter(timezone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { ...ISO_PARTS, timeZone: timezone.trim() });
  } catch {
    const near = zonesLike(timezone);
    const help = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Give a name such as ${EXAMPLES}.`;
    throw invalidArgument('timezone', `${quoted(timezone)} is no IANA time zone. ${help}`);
  }
}

/** Models like to give a city or a country where the name of a zone is asked for. */
function zonesLike(text: string): string[] {
  const wanted = text.trim().toLowerCase().replaceAll(/\s+/g, '_');
  const last = wanted.split('/').at(-1) ?? '';
  if (last.length < 3) return [];
  const zones = Intl.supportedValuesOf('timeZone');
  return zones.filter((zone) => zone.toLowerCase().split('/').includes(last)).slice(0, MOST_SUGGESTIONS);
}

function isoText(formatter: Intl.DateTimeFormat, time: Date): string {
  const parts = formatter.formatToParts(time);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? '';
  // `GMT` or `GMT+00:00` for UTC, depending on Node's version.
  const offset = part('timeZoneName').replace(/^GMT(\+00:00)?/, '');
  const date = `${part('year')}-${part('month')}-${part('day')}`;
  return `${date}T${part('hour')}:${part('minute')}:${part('second')}${offset === '' ? 'Z' : offset}`;
}

function humanText(timeZone: string, time: Date, locale: string): string {
  try {
    const text = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'full', timeStyle: 'long' }).format(time);
    return `${text} (${timeZone})`;
  } catch {
    throw invalidArgument('locale', `${quoted(locale)} is no language tag. Give one such as en, de or zh-CN.`);
  }
}
