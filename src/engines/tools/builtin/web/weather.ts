import type { WeatherSection } from '../../../../core/config/sections/tools.section.js';
import { type BuiltinTool, invalidArgument, quoted } from '../builtin-tool.js';
import { type Forecast, OpenMeteo, type Place, type Units } from './open-meteo.js';
import { weatherWords } from './weather-codes.js';

const MOST_DAYS = 7;
const DEFAULT_DAYS = 3;

type WeatherArguments = { location: string; units?: Units; days?: number };

const DESCRIPTION =
  'Tells the current weather at a place and the forecast for up to a week. Use it for every question about weather, ' +
  'temperature, rain or wind; never guess them. Times are local to the place. The answer names the place that was ' +
  'found: say so when it is not the one that was meant.';

const PARAMETERS = {
  type: 'object',
  additionalProperties: false,
  required: ['location'],
  properties: {
    location: {
      type: 'string',
      minLength: 2,
      maxLength: 100,
      description: 'Name of a town, best with its state or country after a comma; or "latitude, longitude" in degrees.',
      examples: ['Lisbon', 'Paris, Texas', '52.52, 13.41'],
    },
    units: {
      type: 'string',
      enum: ['metric', 'imperial'],
      default: 'metric',
      description: 'metric: °C, km/h, mm; imperial: °F, mph, inch.',
    },
    days: {
      type: 'integer',
      minimum: 1,
      maximum: MOST_DAYS,
      default: DEFAULT_DAYS,
      description: 'How many days of forecast, today included.',
    },
  },
};

/** Undefined where no service is configured. */
export function weatherTool({ base_url: baseUrl, ...section }: WeatherSection): BuiltinTool | undefined {
  if (baseUrl === undefined) return undefined;
  const service = new OpenMeteo({ base_url: baseUrl, ...section });
  return {
    definition: {
      name: 'weather',
      description: DESCRIPTION,
      parameters: PARAMETERS,
      level: 'network',
      server: null,
    },
    async run({ location, units = 'metric', days = DEFAULT_DAYS }: WeatherArguments, _caller, signal) {
      const place = placeAt(location) ?? (await service.find(location, signal));
      if (place === undefined) {
        throw invalidArgument(
          'location',
          `No place named ${quoted(location)} was found. Give a town in English, such as "Lisbon" or "Paris, Texas".`,
        );
      }
      const forecast = await service.forecast(place, units, days, signal);
      return { text: textOf(place, forecast, units), structured: { place, units, ...forecast } };
    },
  };
}

/** Coordinates need no look-up. */
function placeAt(location: string): Place | undefined {
  const match = /^\s*(-?\d{1,2}(?:\.\d{1,10})?)\s*[,;]\s*(-?\d{1,3}(?:\.\d{1,10})?)\s*$/.exec(location);
  if (match === null) return undefined;
  const [latitude, longitude] = [Number(match[1]), Number(match[2])];
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) {
    throw invalidArgument('location', 'A latitude is from -90 to 90 and a longitude from -180 to 180 degrees.');
  }
  return { name: `${latitude}, ${longitude}`, latitude, longitude };
}

function textOf(place: Place, { current, days, time, timezone }: Forecast, units: Units): string {
  const [degrees, speed, depth] = units === 'metric' ? ['°C', 'km/h', 'mm'] : ['°F', 'mph', 'inch'];
  const now = [
    weatherWords(current.weather_code),
    measured(current.temperature_2m, degrees),
    measured(current.apparent_temperature, degrees, 'feels like '),
    measured(current.relative_humidity_2m, '%', 'humidity '),
    measured(current.wind_speed_10m, ` ${speed}`, 'wind ', fromDirection(current.wind_direction_10m)),
    measured(current.precipitation, ` ${depth}`, 'precipitation '),
  ];
  const forecast = days.map((day) => {
    const parts = [
      weatherWords(day.weather_code),
      measured(day.temperature_2m_min, degrees, 'low '),
      measured(day.temperature_2m_max, degrees, 'high '),
      measured(day.precipitation_probability_max, '%', 'chance of precipitation '),
      measured(day.precipitation_sum, ` ${depth}`, 'precipitation '),
    ];
    return `${day.date}: ${parts.filter(Boolean).join(', ')}`;
  });
  const heading = `Weather in ${place.name} (${time}, ${timezone}): ${now.filter(Boolean).join(', ')}`;
  return [heading, ...forecast].join('\n');
}

function measured(value: number | null, unit: string | undefined, before = '', after = ''): string {
  return value === null ? '' : `${before}${value}${unit ?? ''}${after}`;
}

function fromDirection(degrees: number | null): string {
  if (degrees === null) return '';
  const directions = ['north', 'northeast', 'east', 'southeast', 'south', 'southwest', 'west', 'northwest'];
  return ` from the ${directions[Math.round(degrees / 45) % 8] ?? 'north'}`;
}
