/**
 * Runs a fault test at full length: `node tools/soak.ts NAME [--seed N] [--minutes M]`
 * runs `test/soak/NAME.soak.ts` and appends a line of JSON to `bench/soak.jsonl`. Exits 1 when a
 * promise was broken. Without a seed it draws one, and says it; without minutes it takes the usual.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { thisCommit, thisMachine } from './bench/machine.ts';
import { launch, type Launch } from './launcher.ts';
import { ROOT, WORK } from './setup/places.js';
import type { Soak } from './soak/definition.ts';
import { seededRandom } from './soak/seeded-random.ts';

const FOLDER = path.join(ROOT, 'test', 'soak');
const SUFFIX = '.soak.ts';
const RESULTS = path.join(ROOT, 'bench', 'soak.jsonl');

async function run({ keeper, signal }: Launch): Promise<number> {
  const [name = ''] = words;
  const file = path.join(FOLDER, `${name}${SUFFIX}`);
  if (name === '' || !existsSync(file)) {
    const all = existsSync(FOLDER) ? readdirSync(FOLDER) : [];
    const names = all.filter((one) => one.endsWith(SUFFIX));
    console.error(`Which soak test? One of: ${names.map((one) => one.split('.')[0]).join(', ')}.`);
    return 64;
  }
  const { soak, usualMinutes } = (await import(file)) as Soak;
  const minutes = Number(options.minutes ?? usualMinutes ?? 0);
  if (options.minutes !== undefined && !(usualMinutes !== undefined && minutes > 0)) {
    const why = usualMinutes === undefined ? `${name} has a length of its own` : 'Not a time';
    console.error(`${why}: --minutes ${options.minutes}.`);
    return 64;
  }
  const started = Date.now();
  const log = (line: string) =>
    console.log(`${((Date.now() - started) / 1_000).toFixed(1).padStart(8)} s  ${line}`);
  log(`${name} with --seed ${seed}`);
  const { violations, facts } = await soak({
    seed,
    minutes,
    random: seededRandom(seed),
    keeper,
    dir: scratch,
    log,
    signal,
  });
  const result = {
    soak: name,
    seed,
    commit: thisCommit(),
    env: thisMachine(),
    startedAt: new Date(started).toISOString(),
    durationMs: Date.now() - started,
    facts,
    violations,
  };
  appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);
  for (const violation of violations) console.error(`BROKEN: ${violation}`);
  console.log(JSON.stringify(result));
  return violations.length === 0 ? 0 : 1;
}

const { values: options, positionals: words } = parseArgs({
  options: { seed: { type: 'string' }, minutes: { type: 'string' } },
  allowPositionals: true,
});
const seed = options.seed === undefined ? randomInt(2 ** 31) : Number(options.seed);
const scratch = path.join(WORK, 'test', randomUUID());
await launch(run, { scratch });
