import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { diesWithParent } from '../keeper/parent-death.ts';
import { ROOT } from '../setup/places.js';
import type { JestResults } from './counts.ts';

/** The projects of jest.config.js, in the order they are run. */
export const PROJECTS = ['unit', 'integration', 'e2e'] as const;

export type Project = (typeof PROJECTS)[number];

/** Nest 12 and this project are ES modules; Jest runs those behind this flag. */
const FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

const JEST = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');

const TIMEOUT_WITH_SERVERS_MS = 60_000;

/** The test files that a run would take. */
export async function testFiles(project: Project, args: readonly string[]): Promise<string[]> {
  const list = [...args, '--listTests', '--json', ...select(project)];
  const jest = startJest(list, process.env, ['ignore', 'pipe', 'ignore']);
  let output = '';
  jest.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(jest, 'close');
  return JSON.parse(output) as string[];
}

/**
 * Runs a project's tests, with its output on the terminal. Tests with servers run one after
 * another. Throws when Jest itself does not get through.
 */
export async function runProject(
  project: Project,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { scratch, signal }: { scratch: string; signal: AbortSignal },
): Promise<JestResults> {
  const outputFile = path.join(scratch, `${project}.json`);
  mkdirSync(scratch, { recursive: true });
  rmSync(outputFile, { force: true });
  // Servers on a busy machine take their time; a test that hangs still ends.
  const withServers = ['--runInBand', `--testTimeout=${TIMEOUT_WITH_SERVERS_MS}`];
  const inBand = project === 'unit' ? [] : withServers;
  const results = ['--json', `--outputFile=${outputFile}`, '--passWithNoTests'];
  const words = [...args, ...inBand, ...results, ...select(project)];
  const jest = startJest(words, env, ['inherit', 'ignore', 'inherit']);
  const end = () => jest.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const [code, killedBy] = (await once(jest, 'exit')) as [number | null, string | null];
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  try {
    return JSON.parse(readFileSync(outputFile, 'utf8')) as JestResults;
  } catch (cause) {
    const how = killedBy ?? `code ${code}`;
    throw new Error(`Jest ended with ${how} and without results (project ${project}).`, { cause });
  }
}

/** Last, because the option takes every word that follows it. */
function select(project: Project): string[] {
  return ['--selectProjects', project];
}

/** Starts Jest in the repository's root. It ends with this process. */
export function startJest(args: readonly string[], env: NodeJS.ProcessEnv, stdio: StdioOptions) {
  const [command = '', ...rest] = diesWithParent([process.execPath, ...FLAGS, JEST, ...args]);
  return spawn(command, rest, { cwd: ROOT, env, stdio });
}
