/**
 * Writes libs/supervisor/API.md from the doc comments, and the examples into libs/supervisor/README.md.
 * With `--check` it writes nothing, and fails when one of them is not up to date.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { changedFiles } from './docs/changed-files.ts';
import { supervisorFiles } from './docs/supervisor/supervisor-files.ts';
import { ROOT } from './setup/places.js';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const files = await supervisorFiles();
if (!values.check) {
  for (const [path, content] of files) writeFileSync(join(ROOT, path), content);
} else if (changedFiles(files).length > 0) {
  console.error(`stale: ${changedFiles(files).join(', ')}\nrun \`npm run docs\``);
  process.exitCode = 1;
}
