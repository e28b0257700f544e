import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version in the package.json of Signalbox: the nearest one above this file, in the sources as in dist/. */
export function signalboxVersion(): string {
  const manifest = nearestManifest(import.meta.dirname);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function nearestManifest(folder: string): string {
  const manifest = join(folder, 'package.json');
  return existsSync(manifest) ? manifest : nearestManifest(dirname(folder));
}
