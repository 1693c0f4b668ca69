import { invalidArgument, quoted } from '../builtin-tool.js';

/** Units that mathjs lacks or has in an old precision: name, definition, whether SI prefixes go before it. */
export const ADDED_UNITS: readonly { name: string; definition: string; aliases?: string[]; prefixes?: 'short' }[] = [
  { name: 'nauticalmile', definition: '1852 m', aliases: ['nmi', 'nauticalmiles'] },
  { name: 'lightyear', definition: '9460730472580800 m', aliases: ['ly', 'lightyears'] },
  { name: 'astronomicalunit', definition: '149597870700 m', aliases: ['au', 'astronomicalunits'] },
  { name: 'parsec', definition: '3.0856775814913673e16 m', aliases: ['parsecs'] },
  { name: 'knot', definition: '1852 m/hour', aliases: ['knots', 'kn', 'kt'] },
  { name: 'mph', definition: '1 mile/hour' },
  { name: 'kph', definition: '1 km/hour', aliases: ['kmh'] },
  { name: 'imperialgallon', definition: '4.54609 L', aliases: ['imperialgallons'] },
  { name: 'imperialpint', definition: '568.26125 mL', aliases: ['imperialpints'] },
  { name: 'are', definition: '100 m2', aliases: ['ares'] },
  { name: 'acre', definition: '4046.8564224 m2', aliases: ['acres'] },
  { name: 'calorie', definition: '4.184 J', aliases: ['calories'] },
  { name: 'cal', definition: '4.184 J', prefixes: 'short' },
  { name: 'kilocalorie', definition: '4184 J', aliases: ['kilocalories'] },
  // No prefixes: mbps would be millibits, which nobody means.
  { name: 'bps', definition: '1 b/s' },
  { name: 'kbps', definition: '1e3 b/s' },
  { name: 'Mbps', definition: '1e6 b/s' },
  { name: 'Gbps', definition: '1e9 b/s' },
  { name: 'Tbps', definition: '1e12 b/s' },
  { name: 'carat', definition: '0.2 g', aliases: ['carats'] },
];

/** What people and models write, in lower case, and mathjs' word for it. Looked up when the word itself is no unit. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['celsius', 'degC'],
  ['centigrade', 'degC'],
  ['degc', 'degC'],
  ['fahrenheit', 'degF'],
  ['degf', 'degF'],
  ['kelvins', 'K'],
  ['rankine', 'degR'],
  ['metre', 'meter'],
  ['metres', 'meter'],
  ['kilometre', 'kilometer'],
  ['kilometres', 'kilometer'],
  ['centimetre', 'centimeter'],
  ['centimetres', 'centimeter'],
  ['millimetre', 'millimeter'],
  ['millimetres', 'millimeter'],
  ['micron', 'micrometer'],
  ['microns', 'micrometer'],
  ['kilo', 'kg'],
  ['kilos', 'kg'],
  ['kgs', 'kg'],
  ['kilogramme', 'kg'],
  ['kilogrammes', 'kg'],
  ['ozs', 'oz'],
  ['ha', 'hectare'],
  ['tsp', 'teaspoon'],
  ['tbsp', 'tablespoon'],
  ['millilitre', 'milliliter'],
  ['millilitres', 'milliliter'],
  ['joules', 'joule'],
  ['newtons', 'newton'],
  ['pascal', 'Pa'],
  ['pascals', 'Pa'],
  ['kilopascal', 'kPa'],
  ['kilopascals', 'kPa'],
  ['atmosphere', 'atm'],
  ['atmospheres', 'atm'],
  ['horsepower', 'hp'],
  ['kilowatthour', 'kWh'],
  ['kilowatthours', 'kWh'],
  ['watthour', 'Wh'],
  ['watthours', 'Wh'],
  ['kbit', 'kb'],
  ['mbit', 'Mb'],
  ['gbit', 'Gb'],
  ['tbit', 'Tb'],
  ['mbps', 'Mbps'],
  ['gbps', 'Gbps'],
  ['tbps', 'Tbps'],
  ['kbyte', 'kB'],
  ['mbyte', 'MB'],
  ['gbyte', 'GB'],
  ['tbyte', 'TB'],
]);

/** Short units that mean the same in capitals. */
const SHORT = new Set([
  'm',
  'km',
  'cm',
  'mm',
  'in',
  'ft',
  'yd',
  'mi',
  'g',
  'kg',
  'lb',
  'lbs',
  'oz',
  'ml',
  'min',
  'hr',
  'mph',
  'kph',
  'psi',
  'bar',
]);

const LONGEST = 60;
const MOST_TOKENS = 15;
const HINT = 'Give names such as km, mile, kg, lb, degC, degF, L, gallon, km/h, m^2, MB, hour, kWh or psi.';

/** What a unit may consist of: words, one-digit exponents, and signs between them. */
const TOKEN = /\^-?\d(?!\d)|[A-Za-z][A-Za-z0-9]*|[*/()]|\s+/y;
const WORD = /^[A-Za-z]/;

/**
 * A unit as mathjs reads it, put together again from words that it knows: nothing else of the text reaches its parser.
 *
 * @param isKnown whether a single word is a unit.
 */
export function unitText(text: string, param: string, isKnown: (word: string) => boolean): string {
  if (text.length > LONGEST) throw invalidArgument(param, `The unit is longer than ${LONGEST} characters. ${HINT}`);
  const tokens = tokensOf(withPlainSigns(text.trim()));
  if (tokens === undefined) throw invalidArgument(param, `${quoted(text)} cannot be read as a unit. ${HINT}`);
  return tokens
    .map((token) => {
      if (!WORD.test(token)) return token;
      const known = knownWord(token, isKnown);
      if (known === undefined) throw invalidArgument(param, `The unit ${quoted(token)} is not known. ${HINT}`);
      return known;
    })
    .join('');
}

/** Short words are not lowered: NM would become nanometers, PS picoseconds. */
function knownWord(word: string, isKnown: (word: string) => boolean): string | undefined {
  const lower = word.toLowerCase();
  const candidates = [word, ALIASES.get(lower), SHORT.has(lower) || word.length > 3 ? lower : undefined];
  return candidates.find((candidate) => candidate !== undefined && isKnown(candidate));
}

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const [token] = TOKEN.exec(text) ?? [];
    if (token === undefined || tokens.length === MOST_TOKENS) return undefined;
    tokens.push(token);
  }
  return tokens.some((token) => WORD.test(token)) ? tokens : undefined;
}

/** Signs and phrases that people write. A lone C, F or K is a temperature: nobody asks for coulombs or farads so. */
function withPlainSigns(text: string): string {
  const lone = /^°?\s*([CFK])$/i.exec(text)?.[1]?.toUpperCase();
  if (lone !== undefined) return lone === 'K' ? 'K' : `deg${lone}`;
  return text
    .replaceAll(
      /\b(?:deg(?:rees?)?|°)\s*(C|F)(?:elsius|ahrenheit)?\b/gi,
      (_, letter: string) => `deg${letter.toUpperCase()}`,
    )
    .replaceAll(/°\s*(C|F)\b/g, 'deg$1')
    .replaceAll('°', 'deg')
    .replaceAll(/[µμ]/g, 'u')
    .replaceAll('²', '^2')
    .replaceAll('³', '^3')
    .replaceAll(/[·⋅×]/g, '*')
    .replaceAll('"', 'inch')
    .replaceAll(/\bfl(?:uid)?\.?\s*(?:oz|ounces?)\b\.?/gi, 'fluidounce')
    .replaceAll(/\b(nautical|imperial|light)[ -]+(?=[a-z])/gi, (phrase) => phrase.replaceAll(/[ -]/g, '').toLowerCase())
    .replaceAll(/\b(?:uk|imp)\s+(gallon|pint)/gi, 'imperial$1')
    .replaceAll(/\bus\s+(?=gallon|pint|cup|quart)/gi, '')
    .replaceAll(/\bmetric\s+tons?\b/gi, 'tonne')
    .replaceAll(/\b(?:kilowatt|watt)[ -]hours?\b/gi, (phrase) => phrase.replaceAll(/[ -]/g, ''))
    .replaceAll(
      /\b(square|sq|cubic|cu)\.?\s+([a-z]+)\b/gi,
      (_, power: string, unit: string) => `${unit}^${/^s/i.test(power) ? 2 : 3}`,
    )
    .replaceAll(/\s+per\s+/gi, '/')
    .replaceAll(/\s*\*\*\s*/g, '^');
}
