/**
 * Random histories of the supervisor beside its model, and random schedules of everything that may race, for as long as wanted. What fails
 * first is shrunk and told; the same seed leads to it again.
 */
import fc from 'fast-check';
import { importCompiled } from '../../tools/soak/compile.ts';
import type { SoakResult, SoakRun } from '../../tools/soak/definition.ts';

export const usualMinutes = 5;

const RUNS = 2_000;
/** A run is over in milliseconds, unless it hangs. */
const RUN_TIMEOUT_MS = 30_000;
const LONGEST_HISTORY = 120;

type ModelTest = { modelProperty(maxCommands: number): fc.IAsyncProperty<unknown> };
type RaceTest = { raceProperty(): fc.IAsyncProperty<unknown> };

export async function soak({ random, dir, minutes, log, signal }: SoakRun): Promise<SoakResult> {
  const model = await importCompiled<ModelTest>('supervisor', 'test/model-property.ts', dir);
  const races = await importCompiled<RaceTest>('supervisor', 'test/race-property.ts', dir);
  const endsAt = performance.now() + minutes * 60_000;
  const facts = { histories: 0, schedules: 0 };
  const violations: string[] = [];
  const check = async (property: fc.IAsyncProperty<unknown>): Promise<number> => {
    const { runs, counterexample } = await tried(property, random);
    if (counterexample !== undefined) violations.push(counterexample);
    return runs;
  };
  while (performance.now() < endsAt && violations.length === 0) {
    signal.throwIfAborted();
    const longest = 1 + Math.floor(random() * LONGEST_HISTORY);
    facts.histories += await check(model.modelProperty(longest));
    facts.schedules += await check(races.raceProperty());
    log(`${facts.histories} histories (up to ${longest} steps), ${facts.schedules} schedules`);
  }
  return { violations, facts };
}

/** A seed's worth of runs of a property, and what falsified it, in fast-check's words. */
async function tried(
  property: fc.IAsyncProperty<unknown>,
  random: () => number,
): Promise<{ runs: number; counterexample: string | undefined }> {
  const seed = Math.floor(random() * 2 ** 31);
  const details = await fc.check(property, {
    seed,
    numRuns: RUNS,
    timeout: RUN_TIMEOUT_MS,
    includeErrorInReport: true,
  });
  const counterexample = await fc.asyncDefaultReportMessage(details);
  return { runs: details.numRuns, counterexample };
}
