import { describe } from '@jest/globals';
import { existsSync } from 'node:fs';
import { NEEDS_DATA } from './counts.ts';

/**
 * A `describe` for tests on data that is not part of the repository: skipped, and counted apart,
 * where the data is not there.
 */
export function describeWithData(path: string, name: string, tests: () => void): void {
  const isHere = existsSync(path);
  const define = isHere ? describe : describe.skip;
  define(isHere ? name : `${name} (${NEEDS_DATA} ${path})`, tests);
}
