/**
 * Sees whether the unit tests of a library catch bugs: `node tools/mutants.ts NAME [MUTANT …]` plants those
 * of `libs/NAME/mutants`, one at a time, in a copy of the library, and runs its tests on each. Exits 1 when
 * one survives, when one no longer fits the code, or when the tests fail without any. The last line is JSON.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { thisCommit } from './bench/machine.ts';
import { launch, type Launch } from './launcher.ts';
import { type Hunt, plantAll, tryOn } from './mutants/hunt.ts';
import type { Mutants } from './mutants/mutant.ts';
import { ROOT, WORK } from './setup/places.js';

const AT_ONCE = 2;

async function run({ signal }: Launch): Promise<number> {
  const [name = '', ...wanted] = process.argv.slice(2);
  const library = path.join(ROOT, 'libs', name);
  const file = path.join(library, 'mutants', 'index.ts');
  if (name === '' || !existsSync(file)) {
    console.error('The mutants of which library? One with a file libs/NAME/mutants/index.ts.');
    return 64;
  }
  const startedAt = performance.now();
  const { mutants } = (await import(file)) as Mutants;
  const planted = plantAll(
    library,
    mutants.filter((mutant) => wanted.length === 0 || wanted.includes(mutant.name)),
  );
  const hunt: Hunt = { library, scratch, signal };
  const plain = await tryOn(hunt, 'plain');
  if (plain.caughtBy !== undefined) {
    console.error(`The tests fail without any mutant: ${plain.caughtBy}.`);
    return 1;
  }
  console.log(`${name}: all tests pass in ${plain.seconds.toFixed(1)} s without a mutant`);
  const survivors: string[] = [];
  const rest = planted.entries();
  const lane = async (): Promise<void> => {
    for (const [mutant, text] of rest) {
      const verdict = await tryOn(hunt, mutant.name, { file: mutant.file, text });
      const { caughtBy, seconds } = verdict;
      if (caughtBy === undefined) survivors.push(mutant.name);
      const fate =
        caughtBy === undefined
          ? `SURVIVED: ${mutant.story}`
          : `caught by ${caughtBy} in ${seconds.toFixed(1)} s`;
      console.log(`  ${mutant.name}: ${fate}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const result = {
    mutants: name,
    commit: thisCommit(),
    planted: planted.size,
    caught: planted.size - survivors.length,
    survivors,
    durationMs: Math.round(performance.now() - startedAt),
  };
  console.log(JSON.stringify(result));
  return survivors.length === 0 ? 0 : 1;
}

const scratch = path.join(WORK, 'test', randomUUID());
await launch(run, { scratch });
