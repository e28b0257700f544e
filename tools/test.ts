/**
 * Runs the tests: `node tools/test.ts [unit] [integration] [e2e] [arguments of Jest]`, all three
 * without a word. Starts one RabbitMQ, PostgreSQL and OpenSearch when a selected test needs them,
 * and closes with `N passed, N failed, N skipped` alone on a line. With CI=true, a test that is
 * skipped for anything but missing data fails the run.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ServerName } from './bench/definition.ts';
import { launch, type Launch } from './launcher.ts';
import { WORK } from './setup/places.js';
import { closingLine, count, exitCodeOf, type JestResults } from './testing/counts.ts';
import { PROJECTS, runProject, testFiles, type Project } from './testing/jest.ts';
import { serverEnvironment } from './testing/test-servers.ts';

interface Selection {
  readonly projects: readonly Project[];
  readonly jestArgs: readonly string[];
}

function select(words: readonly string[]): Selection {
  const isProject = (word: string | undefined) => PROJECTS.some((project) => project === word);
  let named = 0;
  while (isProject(words[named])) named++;
  const names = words.slice(0, named);
  const projects = PROJECTS.filter((project) => named === 0 || names.includes(project));
  return { projects, jestArgs: words.slice(named) };
}

/** Every test on servers gets RabbitMQ and PostgreSQL; OpenSearch, which is slow, only who asks for it. */
function needs(files: readonly string[]): Set<ServerName> {
  if (files.length === 0) return new Set();
  const asks = files.some((file) => readFileSync(file, 'utf8').includes('openSearchUrl'));
  return new Set(['rabbitmq', 'postgres', ...(asks ? (['opensearch'] as const) : [])]);
}

async function run({ projects, jestArgs }: Selection, { keeper, signal }: Launch): Promise<number> {
  const withServers = projects.filter((project) => project !== 'unit');
  const files = (await Promise.all(withServers.map((one) => testFiles(one, jestArgs)))).flat();
  // The servers start while the unit tests run.
  const environment = serverEnvironment(keeper, scratch, needs(files));
  environment.catch(() => {}); // awaited below, or the unit tests failed first
  const results: JestResults[] = [];
  for (const project of projects) {
    const servers = project === 'unit' ? {} : await environment;
    const env = { ...process.env, ...servers };
    results.push(await runProject(project, jestArgs, env, { scratch, signal }));
  }
  const counts = count(results);
  if (counts.skippedForData > 0) {
    console.log(`${counts.skippedForData} tests were skipped: their data is not on this machine.`);
  }
  console.log(closingLine(counts));
  return exitCodeOf(counts, { strict: process.env.CI === 'true' });
}

const scratch = path.join(WORK, 'test', randomUUID());
const selection = select(process.argv.slice(2));
await launch((started) => run(selection, started), { scratch });
