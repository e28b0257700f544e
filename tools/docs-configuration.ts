/**
 * Writes docs/configuration.md from the settings classes of the services, as they were built.
 * With `--check` it writes nothing, and fails when the page is not up to date.
 */
import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SERVICES } from '#contracts';
import { describeSettings } from '#runtime';
import { configurationPage, type DescribedService } from './docs/configuration-page.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs/configuration.md');

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const page = configurationPage(await Promise.all(SERVICES.map(describeService)));
if (!values.check) {
  writeFileSync(PAGE, page);
} else if (readFileSync(PAGE, 'utf8') !== page) {
  console.error('docs/configuration.md is stale: run `node tools/docs-configuration.ts`');
  process.exitCode = 1;
}

/** `task-runner` has `TaskRunnerSettings` in apps/task-runner/src/task-runner.env.ts. */
async function describeService(service: string): Promise<DescribedService> {
  const file = join(ROOT, `dist/apps/${service}/src/${service}.env.js`);
  const words = service.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  const className = `${words.join('')}Settings`;
  const module = (await import(file)) as Readonly<Record<string, (new () => object) | undefined>>;
  const Settings = module[className];
  if (Settings === undefined) throw new Error(`${file} exports no ${className}`);
  return { service, settings: describeSettings(Settings) };
}
