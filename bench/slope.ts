const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The slope of the straight line nearest to the points (least squares); NaN for less than two. */
export function slopePerMinute(points: readonly (readonly [minute: number, value: number])[]): number {
  const x = mean(points.map(([minute]) => minute));
  const y = mean(points.map(([, value]) => value));
  let [both, square] = [0, 0];
  for (const [minute, value] of points) {
    both += (minute - x) * (value - y);
    square += (minute - x) ** 2;
  }
  return both / square;
}
