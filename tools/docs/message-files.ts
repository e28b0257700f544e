import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../setup/places.js';
import { asyncApi } from './asyncapi.ts';
import { BROKER_DEFINITIONS, brokerDefinitions } from './broker-definitions.ts';
import { messageSchemas } from './message-schemas.ts';
import { messagesPage } from './messages-page.ts';

/** Where the schemas are; nothing else is there. */
export const SCHEMAS = 'docs/schemas';

/** Every file that is made from libs/contracts: its path from the root, and what it must hold. */
export function messageFiles(): ReadonlyMap<string, string> {
  const files = new Map([
    ['docs/messages.md', messagesPage()],
    ['docs/asyncapi.json', json(asyncApi(version()))],
    [BROKER_DEFINITIONS, json(brokerDefinitions())],
  ]);
  for (const [type, schema] of messageSchemas()) {
    files.set(`${SCHEMAS}/${type}.schema.json`, json(schema));
  }
  return files;
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function version(): string {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
