import type { WeatherSection } from '../../../../core/config/sections/tools.section.js';
import { type JsonRecord, numberOf, recordOf, recordsOf } from './json.js';
import { plainText } from './plain-text.js';
import { askProvider, notUnderstood, type Provider } from './provider-request.js';

const NAME = 'weather service';
const LONGEST_NAME = 100;
/** To choose from when the place is said more exactly, as in "Paris, Texas". */
const MOST_PLACES = 10;

const CURRENT = [
  'temperature_2m',
  'apparent_temperature',
  'relative_humidity_2m',
  'precipitation',
  'weather_code',
  'wind_speed_10m',
  'wind_direction_10m',
] as const;
const DAILY = [
  'weather_code',
  'temperature_2m_max',
  'temperature_2m_min',
  'precipitation_sum',
  'precipitation_probability_max',
] as const;

const IMPERIAL = { temperature_unit: 'fahrenheit', wind_speed_unit: 'mph', precipitation_unit: 'inch' };

export type Units = 'metric' | 'imperial';

export interface Place {
  name: string;
  latitude: number;
  longitude: number;
}

/** Null where the service does not know. */
export interface Forecast {
  timezone: string;
  time: string;
  current: Record<(typeof CURRENT)[number], number | null>;
  days: ({ date: string } & Record<(typeof DAILY)[number], number | null>)[];
}

/** Open-Meteo's two services: places by name, and the weather there. */
export class OpenMeteo {
  private readonly weather: Provider;
  private readonly geocoding: Provider;
  private readonly key: Record<string, string>;

  constructor(section: WeatherSection & { base_url: string }) {
    this.weather = { name: NAME, baseUrl: section.base_url };
    this.geocoding = { name: NAME, baseUrl: section.geocoding_url ?? geocodingOf(section.base_url) };
    this.key = section.api_key === undefined ? {} : { apikey: section.api_key };
  }

  /** Undefined when there is no such place. */
  async find(location: string, signal: AbortSignal): Promise<Place | undefined> {
    const [name = '', ...rest] = location.split(',').map((part) => part.trim());
    const wanted = rest.filter(Boolean).map((part) => part.toLowerCase());
    const query = { name, count: wanted.length === 0 ? 1 : MOST_PLACES, language: 'en', format: 'json', ...this.key };
    const answer = recordOf(await askProvider(this.geocoding, pathIn(this.geocoding, 'search'), query, signal));
    if (answer === undefined) throw notUnderstood(NAME);
    const places = recordsOf(answer.results) ?? [];
    const exact = places.find((place) => wanted.every((part) => areaNames(place).includes(part)));
    return placeOf(exact ?? places[0]);
  }

  async forecast(place: Place, units: Units, days: number, signal: AbortSignal): Promise<Forecast> {
    const query = {
      latitude: place.latitude,
      longitude: place.longitude,
      current: CURRENT.join(','),
      daily: DAILY.join(','),
      timezone: 'auto',
      forecast_days: days,
      ...(units === 'imperial' && IMPERIAL),
      ...this.key,
    };
    const answer = recordOf(await askProvider(this.weather, pathIn(this.weather, 'forecast'), query, signal));
    const current = recordOf(answer?.current);
    if (answer === undefined || current === undefined) throw notUnderstood(NAME);
    return {
      timezone: plainText(answer.timezone, LONGEST_NAME),
      time: plainText(current.time, LONGEST_NAME),
      current: numbersOf(CURRENT, (name) => current[name]),
      days: daysOf(recordOf(answer.daily)).slice(0, days),
    };
  }
}

/** Open-Meteo keeps its places on a host beside the weather's; whoever runs it himself has one for both, or says so. */
function geocodingOf(baseUrl: string): string {
  const url = new URL(baseUrl);
  url.hostname = url.hostname.replace(/(^|-)api\.open-meteo\.com$/, '$1geocoding-api.open-meteo.com');
  return url.href;
}

/** Some write the version into the base, as Open-Meteo's own examples do. */
function pathIn({ baseUrl }: Provider, route: string): string {
  return /\/v1\/?$/.test(new URL(baseUrl).pathname) ? `/${route}` : `/v1/${route}`;
}

function placeOf(value: JsonRecord | undefined): Place | undefined {
  const latitude = numberOf(value?.latitude);
  const longitude = numberOf(value?.longitude);
  if (value === undefined || latitude === null || longitude === null) return undefined;
  const names = [value.name, value.admin1, value.country].map((part) => plainText(part, LONGEST_NAME)).filter(Boolean);
  return { name: [...new Set(names)].join(', '), latitude, longitude };
}

function areaNames(place: JsonRecord): string[] {
  const { country, country_code: code, admin1, admin2, admin3, admin4 } = place;
  return [country, code, admin1, admin2, admin3, admin4]
    .filter((name) => typeof name === 'string')
    .map((name) => name.toLowerCase());
}

/** The service gives a list a field; here it is a record a day. */
function daysOf(daily: JsonRecord | undefined): Forecast['days'] {
  const dates = Array.isArray(daily?.time) ? daily.time : [];
  return dates.map((date, index) => ({
    date: plainText(date, LONGEST_NAME),
    ...numbersOf(DAILY, (name) => {
      const values = daily?.[name];
      return Array.isArray(values) ? values[index] : null;
    }),
  }));
}

function numbersOf<Name extends string>(
  names: readonly Name[],
  read: (name: Name) => unknown,
): Record<Name, number | null> {
  return Object.fromEntries(names.map((name) => [name, numberOf(read(name))])) as Record<Name, number | null>;
}
