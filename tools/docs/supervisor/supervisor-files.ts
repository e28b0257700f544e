import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ROOT } from '../../setup/places.js';
import { declarationsOf } from './declarations.ts';
import { readExamples } from './examples.ts';
import { readSurface } from './public-surface.ts';
import { withExamples } from './readme.ts';
import { GROUPS } from './reference-groups.ts';
import { referencePage } from './reference-page.ts';

const LIBRARY = 'libs/supervisor';

/** Where the examples are. */
export const EXAMPLES = join(ROOT, LIBRARY, 'examples');

/** The reference and the README of libs/supervisor: their paths from the root, and what they must hold. */
export async function supervisorFiles(): Promise<ReadonlyMap<string, string>> {
  const readme = `${LIBRARY}/README.md`;
  const reference = `${LIBRARY}/API.md`;
  const page = referencePage(declarationsOf(readSurface(join(ROOT, LIBRARY))), GROUPS);
  return new Map([
    [readme, withExamples(readFileSync(join(ROOT, readme), 'utf8'), readExamples(EXAMPLES))],
    [reference, await formatted(page, join(ROOT, reference))],
  ]);
}

async function formatted(text: string, file: string): Promise<string> {
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
