import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../setup/places.js';

/** What status answers over HTTP, as it was built: the path of the document from the root, and what it must hold. */
export async function openApiFiles(): Promise<ReadonlyMap<string, string>> {
  const built = join(ROOT, 'dist/apps/status/src/reading/http-openapi.js');
  const { openApi } = (await import(built)) as { openApi: (version: string) => object };
  const manifest = readFileSync(join(ROOT, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  return new Map([['docs/openapi.json', `${JSON.stringify(openApi(version), null, 2)}\n`]]);
}
