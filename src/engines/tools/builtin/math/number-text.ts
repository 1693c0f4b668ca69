/** Beyond it, digits would be shown that a 64-bit number does not hold. */
const PLAIN_UP_TO = 1e15;

/** A number without the noise of binary fractions: 0.1 + 0.2 is 0.3. Whole numbers are exact as long as they can be. */
export function numberText(value: number, digits = 14): string {
  if (Number.isSafeInteger(value)) return String(value);
  const rounded = Number(value.toPrecision(digits));
  return Math.abs(rounded) < PLAIN_UP_TO ? String(rounded) : rounded.toExponential();
}
