import { afterEach, describe, expect, it } from 'vitest';
import { WebServers } from '../../../../../test/fakes/web-server.js';
import type { ToolCaller } from '../../tool.port.js';
import { weatherTool } from './weather.js';

const CALLER: ToolCaller = { userId: 'u', sessionId: null, personalityId: 'p', datasets: [] };
const servers = new WebServers();
afterEach(() => servers.closeAll());

/** As Open-Meteo answers. */
const PARIS = {
  results: [
    {
      id: 2988507,
      name: 'Paris',
      latitude: 48.85341,
      longitude: 2.3488,
      elevation: 42,
      feature_code: 'PPLC',
      country_code: 'FR',
      admin1_id: 3012874,
      timezone: 'Europe/Paris',
      population: 2138551,
      country_id: 3017382,
      country: 'France',
      admin1: 'Île-de-France Region',
    },
    {
      id: 4717560,
      name: 'Paris',
      latitude: 33.66094,
      longitude: -95.55551,
      country_code: 'US',
      country: 'United States',
      admin1: 'Texas',
      admin2: 'Lamar',
    },
  ],
  generationtime_ms: 0.9,
};
const NOWHERE = { generationtime_ms: 0.4 };

const FORECAST = {
  latitude: 48.86,
  longitude: 2.3599997,
  generationtime_ms: 0.13,
  utc_offset_seconds: 7200,
  timezone: 'Europe/Paris',
  timezone_abbreviation: 'GMT+2',
  elevation: 43,
  current_units: { time: 'iso8601', interval: 'seconds', temperature_2m: '°C', wind_speed_10m: 'km/h' },
  current: {
    time: '2026-07-09T14:15',
    interval: 900,
    temperature_2m: 24.3,
    apparent_temperature: 25.1,
    relative_humidity_2m: 48,
    precipitation: 0,
    weather_code: 2,
    wind_speed_10m: 11.2,
    wind_direction_10m: 340,
  },
  daily_units: { time: 'iso8601', weather_code: 'wmo code', temperature_2m_max: '°C' },
  daily: {
    time: ['2026-07-09', '2026-07-10', '2026-07-11'],
    weather_code: [3, 61, null],
    temperature_2m_max: [26.4, 21.9, 23],
    temperature_2m_min: [15.2, 14.8, null],
    precipitation_sum: [0, 4.2, 0],
    precipitation_probability_max: [5, 87, 10],
  },
};

async function service(places: unknown = PARIS, forecast: unknown = FORECAST) {
  const { origin, asked } = await servers.serveJson((url) => (url.pathname.endsWith('/search') ? places : forecast));
  const ask = async (args: object, base = origin, more: object = {}) =>
    weatherTool({ base_url: base, ...more })?.run({ ...args }, CALLER, new AbortController().signal);
  return { origin, asked, ask };
}

describe('weather', () => {
  it('finds the place and tells its weather', async () => {
    const { ask, asked } = await service();
    const found = await ask({ location: 'Paris', days: 2 });
    expect(asked).toMatchObject([
      { path: '/v1/search', query: { name: 'Paris', count: '1', language: 'en' } },
      {
        path: '/v1/forecast',
        query: {
          latitude: '48.85341',
          longitude: '2.3488',
          timezone: 'auto',
          forecast_days: '2',
          current:
            'temperature_2m,apparent_temperature,relative_humidity_2m,precipitation,weather_code,wind_speed_10m,wind_direction_10m',
          daily: 'weather_code,temperature_2m_max,temperature_2m_min,precipitation_sum,precipitation_probability_max',
        },
      },
    ]);
    expect(asked[1]?.query).not.toHaveProperty('apikey');
    expect(found?.text.split('\n')).toEqual([
      'Weather in Paris, Île-de-France Region, France (2026-07-09T14:15, Europe/Paris): partly cloudy, 24.3°C, ' +
        'feels like 25.1°C, humidity 48%, wind 11.2 km/h from the north, precipitation 0 mm',
      '2026-07-09: overcast, low 15.2°C, high 26.4°C, chance of precipitation 5%, precipitation 0 mm',
      '2026-07-10: light rain, low 14.8°C, high 21.9°C, chance of precipitation 87%, precipitation 4.2 mm',
    ]);
  });

  it('leaves out what the service does not know', async () => {
    const { ask } = await service();
    expect((await ask({ location: 'Paris' }))?.text).toMatch(
      /\n2026-07-11: high 23°C, chance of precipitation 10%, precipitation 0 mm$/,
    );
  });

  it('asks for imperial units', async () => {
    const { ask, asked } = await service();
    const found = await ask({ location: 'Paris', units: 'imperial' });
    expect(asked[1]?.query).toMatchObject({
      temperature_unit: 'fahrenheit',
      wind_speed_unit: 'mph',
      precipitation_unit: 'inch',
      forecast_days: '3',
    });
    expect(found?.text).toMatch('24.3°F');
  });

  it.each([
    ['Paris, Texas', 33.66094],
    ['paris , us', 33.66094],
    ['Paris, Lamar, Texas, US', 33.66094],
    ['Paris, France', 48.85341],
    ['Paris, Atlantis', 48.85341],
  ])('chooses among places of one name: %s', async (location, latitude) => {
    const { ask, asked } = await service();
    const found = await ask({ location });
    expect(asked[0]?.query).toMatchObject({ name: location.split(',')[0]?.trim(), count: '10' });
    expect(found?.structured).toMatchObject({ place: { latitude } });
  });

  it('takes coordinates as they are', async () => {
    const { ask, asked } = await service();
    const found = await ask({ location: ' 52.52, -13.41 ' });
    expect(asked).toMatchObject([{ path: '/v1/forecast', query: { latitude: '52.52', longitude: '-13.41' } }]);
    expect(found?.text).toMatch('Weather in 52.52, -13.41 (');
  });

  it('asks two hosts, with a key, behind the paths that they have', async () => {
    const { ask, asked } = await service();
    const places = await service();
    await ask({ location: 'Paris' }, undefined, { geocoding_url: `${places.origin}/geo/v1/`, api_key: 'k' });
    expect(places.asked).toMatchObject([{ path: '/geo/v1/search', query: { apikey: 'k' } }]);
    expect(asked).toMatchObject([{ path: '/v1/forecast', query: { apikey: 'k' } }]);
  });

  it.each([
    ['Atlantis', NOWHERE, 'No place named "Atlantis"'],
    ['Atlantis', { results: [] }, 'No place named'],
    ['Atlantis', { results: [{ name: 'Atlantis' }] }, 'No place named'],
    ['91, 0', PARIS, 'A latitude is from -90'],
    ['0, 181', PARIS, 'A latitude is from -90'],
  ])('%s is refused with advice', async (location, places, words) => {
    const { ask } = await service(places);
    const error: unknown = await ask({ location }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID', param: 'location' });
    expect(String(error)).toMatch(words);
  });

  it.each([
    [PARIS, []],
    [PARIS, {}],
    [PARIS, { current: 5 }],
    ['words', FORECAST],
    [null, FORECAST],
  ])('an answer of another shape is a failure: %#', async (places, forecast) => {
    const { ask } = await service(places, forecast);
    await expect(ask({ location: 'Paris' })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  });

  it("never says the service's own words", async () => {
    const { origin } = await servers.serveJson(() => ({ error: true, reason: 'secret words' }), 400);
    const call = weatherTool({ base_url: origin })?.run({ location: 'Paris' }, CALLER, new AbortController().signal);
    await expect(call).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.not.stringMatching('secret') as string,
    });
  });
});
