/**
 * Writes docs/messages.md, docs/schemas/, docs/asyncapi.json and deploy/rabbitmq/definitions.json from libs/contracts, as it
 * was built. With `--check` it writes nothing, and fails when one of them is not up to date.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageFiles, ROOT, SCHEMAS } from './docs/message-files.ts';
import { staleFiles } from './docs/stale-files.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const files = messageFiles();
if (values.check) {
  const stale = staleFiles(files);
  if (stale.length > 0) {
    console.error(`stale: ${stale.join(', ')}\nrun \`npm run docs\``);
    process.exitCode = 1;
  }
} else {
  rmSync(join(ROOT, SCHEMAS), { recursive: true, force: true });
  mkdirSync(join(ROOT, SCHEMAS), { recursive: true });
  for (const [path, content] of files) writeFileSync(join(ROOT, path), content);
}
