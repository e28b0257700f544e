/**
 * The explorer of the leases with larger budgets: scenarios and failures drawn at random, each explored as far as its share of the time goes.
 */
import { explore, type Found } from '../explorer/engine/explore.ts';
import { SCENARIOS } from '../explorer/scenarios.ts';
import type { FaultKind, Scenario } from '../explorer/world/scenario.ts';
import { worldOf } from '../explorer/world/world.ts';
import type { SoakResult, SoakRun } from '../../tools/soak/definition.ts';

export const usualMinutes = 20;

/** One exploration. */
const STATES = 2_000_000;
const MS = 120_000;
const PLAY_EVERY = 200;
const MOST_FAULTS = 3;
const KINDS: readonly FaultKind[] = [
  'crash worker',
  'cut publish',
  'cut consume',
  'crash status',
  'freeze status',
  'restart broker',
  'lose reply',
  'dead-letter',
  'slow',
  'drain',
];

export async function soak({ random, minutes, log, signal }: SoakRun): Promise<SoakResult> {
  const endsAt = performance.now() + minutes * 60_000;
  const facts = { explorations: 0, complete: 0, states: 0, plays: 0 };
  const violations: string[] = [];
  while (performance.now() < endsAt && violations.length === 0) {
    signal.throwIfAborted();
    const [name, scenario] = drawn(random);
    const { states, plays, isComplete, broken }: Found = explore(worldOf(scenario), {
      states: STATES,
      ms: Math.min(MS, endsAt - performance.now()),
      playEvery: PLAY_EVERY,
      random,
    });
    facts.explorations += 1;
    facts.complete += Number(isComplete);
    facts.states += states;
    facts.plays += plays;
    log(`${name}: ${states} states${isComplete ? ', all' : ''}`);
    if (broken) violations.push([`${name}: ${broken.why}`, ...broken.trace].join('\n'));
    await Promise.resolve();
  }
  return { violations, facts };
}

function drawn(random: () => number): [string, Scenario] {
  const one = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const [name, scenario] = one(Object.entries<Scenario>(SCENARIOS));
  // Some targets start again by right after other failures.
  const kinds =
    scenario.startsOnce === 'L6' ? scenario.kinds : [...new Set([one(KINDS), one(KINDS)])];
  const faults = 1 + Math.floor(random() * MOST_FAULTS);
  return [`${name}, ${faults} of ${kinds.join(', ')}`, { ...scenario, kinds, faults }];
}
