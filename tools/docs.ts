/**
 * Writes every file that is made from the code as it was built: the messages, their schemas, docs/asyncapi.json and
 * deploy/rabbitmq/definitions.json from libs/contracts; docs/configuration.md from the settings of the services; docs/openapi.json from the
 * controllers of status; libs/supervisor/API.md
 * from its doc comments, and its examples into its README.md. With `--check` it writes nothing, and fails when one is not up to date.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { configurationFiles } from './docs/configuration-files.ts';
import { messageFiles, SCHEMAS } from './docs/message-files.ts';
import { openApiFiles } from './docs/openapi-files.ts';
import { staleFiles } from './docs/stale-files.ts';
import { supervisorFiles } from './docs/supervisor/supervisor-files.ts';
import { ROOT } from './setup/places.js';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const files = new Map([
  ...messageFiles(),
  ...(await configurationFiles()),
  ...(await openApiFiles()),
  ...(await supervisorFiles()),
]);
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
