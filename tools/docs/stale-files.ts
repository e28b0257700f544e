import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../setup/places.js';
import { changedFiles } from './changed-files.ts';
import { SCHEMAS } from './message-files.ts';

/** The paths that do not hold what they must, and the schemas that stand for no message any more. */
export function staleFiles(files: ReadonlyMap<string, string>): string[] {
  const schemas = existsSync(join(ROOT, SCHEMAS)) ? readdirSync(join(ROOT, SCHEMAS)) : [];
  const left = schemas.map((name) => `${SCHEMAS}/${name}`).filter((path) => !files.has(path));
  return [...changedFiles(files), ...left];
}
