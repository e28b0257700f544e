import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../setup/places.js';

/** The paths, from the root, that do not hold what they must. */
export function changedFiles(files: ReadonlyMap<string, string>): string[] {
  return [...files].filter(([path, content]) => contentOf(path) !== content).map(([path]) => path);
}

function contentOf(path: string): string | undefined {
  const file = join(ROOT, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
