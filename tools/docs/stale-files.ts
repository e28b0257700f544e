import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, SCHEMAS } from './message-files.ts';

/** The paths that do not hold what they must, and the schemas that stand for no message any more. */
export function staleFiles(files: ReadonlyMap<string, string>): string[] {
  const changed = [...files].filter(([path, content]) => contentOf(path) !== content);
  const schemas = existsSync(join(ROOT, SCHEMAS)) ? readdirSync(join(ROOT, SCHEMAS)) : [];
  const left = schemas.map((name) => `${SCHEMAS}/${name}`).filter((path) => !files.has(path));
  return [...changed.map(([path]) => path), ...left];
}

function contentOf(path: string): string | undefined {
  const file = join(ROOT, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
