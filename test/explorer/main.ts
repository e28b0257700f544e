/**
 * Explores one scenario: `node test/explorer/main.ts [--scenario NAME | --without RULE] [--faults N] [--kinds a,b] [--states N] [--ms N]
 * [--seed N] [--json]`. Exits 1 when a promise is broken.
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '../../tools/soak/seeded-random.ts';
import { RULES, type Rule } from './rules.ts';
import { SCENARIOS } from './scenarios.ts';
import { loadWithout } from './without.ts';
import type { FaultKind, Scenario } from './world/scenario.ts';

const { values: options } = parseArgs({
  options: {
    scenario: { type: 'string' },
    without: { type: 'string' },
    faults: { type: 'string' },
    kinds: { type: 'string' },
    states: { type: 'string', default: '1000000' },
    ms: { type: 'string', default: '60000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

const rule = named<Rule>(Object.fromEntries(RULES.map((one) => [one.name, one])), options.without);
loadWithout(rule?.patches ?? []);
// What they import is patched from here on.
const { worldOf } = await import('./world/world.ts');
const { explore } = await import('./engine/explore.ts');

const found = explore(worldOf(scenarioOf(rule)), {
  states: Number(options.states),
  ms: Number(options.ms),
  playEvery: 50,
  random: seededRandom(Number(options.seed)),
});
if (options.json) {
  process.stdout.write(`${JSON.stringify(found)}\n`);
} else {
  const { broken, ...figures } = found;
  const lines = broken
    ? [broken.why, ...broken.trace.map((step, at) => `${String(at + 1).padStart(4)}  ${step}`)]
    : [];
  process.stdout.write(`${[...lines, JSON.stringify(figures)].join('\n')}\n`);
}
process.exitCode = found.broken ? 1 : 0;

function scenarioOf(without: Rule | undefined): Scenario {
  const scenario: Scenario = without
    ? { ...without.scenario, without: without.switches }
    : (named<Scenario>(SCENARIOS, options.scenario) ?? SCENARIOS['a chunk']);
  return {
    ...scenario,
    faults: Number(options.faults ?? scenario.faults),
    kinds: (options.kinds?.split(',') as FaultKind[] | undefined) ?? scenario.kinds,
  };
}

function named<T>(all: Readonly<Record<string, T>>, name: string | undefined): T | undefined {
  if (name === undefined) return undefined;
  const found = all[name];
  if (found === undefined)
    throw new RangeError(`no ${name}; there are: ${Object.keys(all).join('; ')}`);
  return found;
}
