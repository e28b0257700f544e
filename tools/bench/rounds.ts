import type { Bench, Measurement } from './definition.ts';

/** The order of one round; another each time, so that no subject always runs on a warm machine. */
export function shuffled<T>(items: readonly T[], random: () => number = Math.random): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/**
 * Runs every subject once a round, interleaved; resolves with each subject's measurements in the
 * order of the rounds. Throws what a run throws, with the subject's name.
 */
export async function runRounds(
  { subjects }: Bench,
  rounds: number,
  { brief, signal }: { brief: boolean; signal: AbortSignal },
  onRun: (name: string, round: number, measurement: Measurement) => void,
): Promise<Map<string, Measurement[]>> {
  const all = new Map(Object.keys(subjects).map((name) => [name, [] as Measurement[]]));
  for (let round = 1; round <= rounds; round++) {
    for (const name of shuffled([...all.keys()])) {
      signal.throwIfAborted();
      try {
        const measurement = await subjects[name]!({ brief, round, signal });
        all.get(name)!.push(measurement);
        onRun(name, round, measurement);
      } catch (cause) {
        throw new Error(`${name} failed in round ${round}.`, { cause });
      }
    }
  }
  return all;
}
