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
  while (performance.now() < endsAt && violations.length === 0) {
    signal.throwIfAborted();
    const longest = 1 + Math.floor(random() * LONGEST_HISTORY);
    violations.push(...(await counterexample(model.modelProperty(longest), random)));
    facts.histories += RUNS;
    violations.push(...(await counterexample(races.raceProperty(), random)));
    facts.schedules += RUNS;
    log(`${facts.histories} histories (up to ${longest} steps), ${facts.schedules} schedules`);
  }
  return { violations, facts };
}

/** What falsifies the property, in fast-check's words; empty when nothing did. */
async function counterexample(
  property: fc.IAsyncProperty<unknown>,
  random: () => number,
): Promise<string[]> {
  const seed = Math.floor(random() * 2 ** 31);
  const details = await fc.check(property, { seed, numRuns: RUNS, timeout: RUN_TIMEOUT_MS });
  const report = await fc.asyncDefaultReportMessage(details);
  return report === undefined ? [] : [report];
}
