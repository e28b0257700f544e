import path from 'node:path';
import { runNode, type Ending } from '../tools/testing/run-node.ts';

const MAIN = path.join('dist', 'apps', 'cli', 'src', 'main.js');

/** How the command line ended, and all it wrote. */
export interface CliEnding extends Ending {
  /** What it wrote with `--json`, an object a line; empty without that option. */
  readonly objects: readonly Readonly<Record<string, unknown>>[];
}

/** Runs the command line, as compiled, to its end. `env` is its whole environment. */
export async function signalboxCli(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CliEnding> {
  const ending = await runNode([MAIN, ...words], env);
  const lines = words.includes('--json') ? ending.output.split('\n').filter(Boolean) : [];
  const objects = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return { ...ending, objects };
}
