import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { WORK } from '../setup/places.js';
import { plantAll, tryOn } from './hunt.ts';

const scratch = path.join(WORK, 'test', randomUUID());
const library = path.join(scratch, 'library');
const hunt = { library, scratch, signal: new AbortController().signal };

const SOURCE = 'export const largest = (a: number, b: number) => (a < b ? b : a);\n';

const TEST = `
  import { expect, it } from '@jest/globals';
  import { largest } from './largest.js';
  it('is the second', () => expect(largest(1, 2)).toBe(2));
`;

function mutant(find: string, replace: string) {
  return { name: `${find}-to-${replace}`, story: '', file: 'src/largest.ts', find, replace };
}

beforeAll(() => {
  mkdirSync(path.join(library, 'src'), { recursive: true });
  writeFileSync(path.join(library, 'src', 'largest.ts'), SOURCE);
  writeFileSync(path.join(library, 'src', 'largest.spec.ts'), TEST);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('a hunt for mutants', () => {
  it('finds nothing wrong with a library as it is', async () => {
    expect((await tryOn(hunt, 'plain')).caughtBy).toBeUndefined();
  });

  it('names the test that catches a mutant', async () => {
    const change = { file: 'src/largest.ts', text: SOURCE.replace('b : a', 'a : b') };
    expect((await tryOn(hunt, 'swapped', change)).caughtBy).toBe('"is the second"');
  });

  it('says when the library no longer runs', async () => {
    const change = { file: 'src/largest.ts', text: 'export const (' };
    expect((await tryOn(hunt, 'broken', change)).caughtBy).toContain('which does not run');
  });

  it('lets a mutant survive that no test catches', async () => {
    const change = { file: 'src/largest.ts', text: SOURCE.replace('b : a', 'b : 0') };
    expect((await tryOn(hunt, 'first', change)).caughtBy).toBeUndefined();
  });

  it('names all mutants that are stale before it begins', () => {
    const mutants = [mutant('a < b', 'a > b'), mutant('gone', 'here'), mutant('number', 'bigint')];
    expect(() => plantAll(library, mutants)).toThrow(
      /gone-to-here is stale.* 0 times[^]*number-to-bigint is stale.* 2 times/,
    );
  });
});
