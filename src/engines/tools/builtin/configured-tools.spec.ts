import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { ToolsSection, WeatherSection, WebSearchSection } from '../../../core/config/sections/tools.section.js';
import { configuredTools } from './configured-tools.js';

const ALWAYS = ['get_current_time', 'calculator', 'unit_convert'];
const URL = 'http://127.0.0.1:8888';

const sectionOf = (weather: Partial<WeatherSection>, search: Partial<WebSearchSection>) => ({
  weather: Object.assign(new WeatherSection(), weather),
  web_search: Object.assign(new WebSearchSection(), search),
});
const namesOf = (section: ReturnType<typeof sectionOf>) => configuredTools(section).map((tool) => tool.definition.name);
const everything = configuredTools(sectionOf({ base_url: URL }, { provider: 'searxng', base_url: URL }));

describe('configuredTools', () => {
  it('offers what needs no provider by default', () => {
    expect(namesOf(new ToolsSection())).toEqual(ALWAYS);
  });

  it.each<[Partial<WeatherSection>, Partial<WebSearchSection>, string[]]>([
    [{ base_url: URL }, {}, ['weather']],
    [{ api_key: 'k' }, {}, []],
    [{}, { provider: 'searxng', base_url: URL }, ['web_search']],
    [{}, { provider: 'searxng' }, []],
    [{}, { provider: 'brave', api_key: 'k' }, ['web_search']],
    [{}, { provider: 'brave' }, []],
    [{}, { base_url: URL }, []],
  ])('with weather %j and web_search %j also offers %j', (weather, search, more) => {
    expect(namesOf(sectionOf(weather, search))).toEqual([...ALWAYS, ...more]);
  });

  it.each(everything.map(({ definition }) => [definition.name, definition] as const))(
    'describes %s for models',
    (name, { description, parameters, level, server }) => {
      expect(name).toMatch(/^[a-z_]{1,64}$/);
      expect(description.length).toBeGreaterThan(80);
      expect(description.length).toBeLessThan(1024);
      expect(server).toBeNull();
      expect(level).toBe(['weather', 'web_search'].includes(name) ? 'network' : 'read_only');
      expect(parameters).toMatchObject({ type: 'object', additionalProperties: false });
      const properties = Object.values(parameters['properties'] as Record<string, Record<string, unknown>>);
      for (const property of properties) {
        expect(property['description']).toBeTruthy();
        expect(property['type'] !== 'string' || 'enum' in property || 'maxLength' in property).toBe(true);
        for (const example of (property['examples'] ?? []) as unknown[]) {
          expect(new Ajv({ strict: true }).validate(property, example)).toBe(true);
        }
      }
    },
  );

  it.each([
    ['get_current_time', {}, true],
    ['get_current_time', { timezone: 'Europe/Berlin', format: 'iso', locale: 'de' }, true],
    ['get_current_time', { format: 'odd' }, false],
    ['calculator', {}, false],
    ['calculator', { expression: '1', more: 1 }, false],
    ['calculator', { expression: '1'.repeat(501) }, false],
    ['unit_convert', { value: 1, from: 'm', to: 'km' }, true],
    ['unit_convert', { value: '1', from: 'm', to: 'km' }, false],
    ['weather', { location: 'Lisbon', days: 8 }, false],
    ['web_search', { query: 'a', count: 10 }, true],
    ['web_search', { query: 'a', count: 1.5 }, false],
  ])('%s with %j: %s', (name, args, expected) => {
    const tool = everything.find(({ definition }) => definition.name === name);
    expect(new Ajv({ strict: true }).validate(tool?.definition.parameters ?? {}, args)).toBe(expected);
  });
});
