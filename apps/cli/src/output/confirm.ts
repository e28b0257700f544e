import { createInterface } from 'node:readline/promises';
import { UsageError } from '../usage-error.js';
import type { Console } from './console.js';

/**
 * Asks a person; true for `y` or `yes`. Where nobody can answer (no terminal, `--json`) it throws a `UsageError`: nothing is done
 * without `--yes`. Throws the signal's reason.
 */
export async function confirm(
  question: string,
  console: Console,
  signal: AbortSignal,
): Promise<boolean> {
  if (console.json || !process.stdin.isTTY) {
    throw new UsageError(`${question} Nothing was done: nobody is there to ask; add --yes`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}
