import type { Measurement, Ratio } from './definition.ts';

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface SubjectSummary extends Spread {
  readonly unit: string;
  readonly runs: number;
  /** Sent and never counted at the far end, over all runs; negative for what came twice. */
  readonly lost: number;
}

export interface RatioSummary extends Spread {
  readonly goal: number;
  /** Missing in a brief run, which is too short to judge by. */
  readonly met?: boolean;
}

/**
 * Middle (of an even number: the mean of the middle two), smallest and largest, to six significant
 * digits. Throws when empty.
 */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('No values to summarise.');
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)]!;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]!;
  return {
    median: rounded((lower + upper) / 2),
    min: rounded(sorted[0]!),
    max: rounded(sorted.at(-1)!),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/** What all runs of one subject say. */
export function summarise(runs: readonly Measurement[]): SubjectSummary {
  const lost = runs.reduce((total, { sent, received }) => total + sent - received, 0);
  const { unit } = runs[0]!;
  return { ...spread(runs.map(({ value }) => value)), unit, runs: runs.length, lost };
}

/** True when every run counted at the far end exactly what it had put in. */
export function isValid(runs: readonly Measurement[]): boolean {
  return runs.every(({ sent, received }) => sent === received);
}

/**
 * One subject beside another, round by round: what slows down one round slows down both. A `brief`
 * run is not judged.
 */
export function compare(
  { goal }: Ratio,
  of: readonly Measurement[],
  to: readonly Measurement[],
  { brief }: { readonly brief: boolean },
): RatioSummary {
  const ratios = spread(of.map(({ value }, round) => value / to[round]!.value));
  const summary = { ...ratios, goal: 'atLeast' in goal ? goal.atLeast : goal.atMost };
  if (brief) return summary;
  const met = 'atLeast' in goal ? ratios.median >= goal.atLeast : ratios.median <= goal.atMost;
  return { ...summary, met };
}
