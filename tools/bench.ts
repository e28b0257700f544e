/**
 * Measures one way to do the work beside others: `node tools/bench.ts NAME` runs
 * `bench/NAME.bench.ts`, `node tools/bench.ts check` runs all briefly. Prints a table and, as its
 * last line, one JSON object. Exits 1 when a run lost or doubled anything: its number means nothing.
 * A goal that is missed is reported, not an error.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Bench, ServerName } from './bench/definition.ts';
import { thisCommit, thisMachine } from './bench/machine.ts';
import { runRounds } from './bench/rounds.ts';
import { compare, isValid, summarise } from './bench/summary.ts';
import { launch, type Launch } from './launcher.ts';
import { ROOT, WORK } from './setup/places.js';
import { serverEnvironment } from './testing/test-servers.ts';

const FOLDER = path.join(ROOT, 'bench');
const SUFFIX = '.bench.ts';
const ROUNDS = 5;
const USUAL_NEEDS: readonly ServerName[] = ['rabbitmq', 'postgres'];

function allNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .toSorted();
}

async function load(name: string): Promise<Bench> {
  return (await import(path.join(FOLDER, `${name}${SUFFIX}`))) as Bench;
}

/** Resolves with true when every run was valid. */
async function measure(name: string, brief: boolean, signal: AbortSignal): Promise<boolean> {
  const bench = await load(name);
  const rounds = brief ? 1 : ROUNDS;
  const conditions = { ...(await bench.conditions?.()) };
  console.log(`${name}: ${rounds} rounds of ${Object.keys(bench.subjects).join(', ')}`);
  for (const [what, value] of Object.entries({ ...thisMachine(), ...conditions })) {
    console.log(`  ${what.padEnd(12)} ${value}`);
  }
  const runs = await runRounds(bench, rounds, { brief, signal }, (subject, round, measurement) => {
    const { value, unit, sent, received } = measurement;
    const lost = sent === received ? '' : `  INVALID: sent ${sent}, received ${received}`;
    console.log(`  round ${round}  ${subject.padEnd(24)} ${number(value)} ${unit}${lost}`);
  });
  const figures = await bench.figures?.({ brief, round: rounds, signal });
  const ratios = Object.entries(bench.ratios ?? {}).map(([ratio, definition]) => {
    const { of, to } = definition;
    return [ratio, compare(definition, runsOf(runs, of), runsOf(runs, to), { brief })] as const;
  });
  const subjects = [...runs].map(([subject, all]) => [subject, summarise(all)] as const);
  console.table(
    Object.fromEntries([
      ...subjects,
      ...ratios.map(([ratio, summary]) => [ratio, { ...summary, unit: 'times' }] as const),
    ]),
  );
  if (brief) console.log('  a brief run: it shows that the bench works, and judges no goal');
  const result = {
    bench: name,
    brief,
    commit: thisCommit(),
    env: thisMachine(),
    conditions,
    subjects: Object.fromEntries(subjects),
    ratios: Object.fromEntries(ratios),
    figures: figures ?? {},
  };
  console.log(JSON.stringify(result));
  return [...runs.values()].every(isValid);
}

function runsOf<T>(runs: ReadonlyMap<string, T>, subject: string): T {
  const found = runs.get(subject);
  if (found === undefined) throw new Error(`A ratio names ${subject}, which is no subject.`);
  return found;
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 5 }).padStart(12);
}

async function run({ keeper, signal }: Launch): Promise<number> {
  const word = process.argv[2] ?? '';
  const names = word === 'check' ? allNames() : allNames().filter((name) => name === word);
  if (names.length === 0 && word !== 'check') {
    console.error(`Which bench? \`check\` for all, or one of: ${allNames().join(', ')}.`);
    return 64;
  }
  const benches = await Promise.all(names.map(load));
  const needs = new Set(benches.flatMap(({ needs: own = USUAL_NEEDS }) => own));
  Object.assign(process.env, await serverEnvironment(keeper, scratch, needs));
  let allValid = true;
  for (const name of names) {
    allValid = (await measure(name, word === 'check', signal)) && allValid;
  }
  return allValid ? 0 : 1;
}

const scratch = path.join(WORK, 'test', randomUUID());
await launch(run, { scratch });
