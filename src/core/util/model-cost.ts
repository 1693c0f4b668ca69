/** US dollars for a million tokens. */
export interface ModelPrice {
  input: number;
  output: number;
}

/** Prices are for so many tokens, and have so many decimals at most: a cost has as many as both together. */
export const PRICED_TOKENS = 1_000_000;
const PRICE_DECIMALS = 6;
const COST_DECIMALS = 12;

/** Whether an amount of dollars has no more decimals than prices may have. */
export const isExactPrice = (amount: number): boolean => Number(amount.toFixed(PRICE_DECIMALS)) === amount;

/**
 * What tokens cost in US dollars, as exact decimal text: sums of it never drift. `0` without a price.
 *
 * @param input tokens that were read, and `output` those that were said.
 */
export function costOf(price: ModelPrice | undefined, input: number, output: number): string {
  if (!price) return '0';
  const units = BigInt(input) * unitsOf(price.input) + BigInt(output) * unitsOf(price.output);
  const digits = units.toString().padStart(COST_DECIMALS + 1, '0');
  return `${digits.slice(0, -COST_DECIMALS)}.${digits.slice(-COST_DECIMALS)}`.replace(/\.?0+$/, '');
}

/** Millionths of a dollar for a million tokens: 10^-12 dollars a token. */
const unitsOf = (amount: number): bigint => BigInt(amount.toFixed(PRICE_DECIMALS).replace('.', ''));
