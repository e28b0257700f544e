/** The smallest value that this share of the values does not exceed, to four digits. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number(sorted[Math.ceil(share * sorted.length) - 1]!.toPrecision(4));
}
