import 'reflect-metadata';
import { join } from 'node:path';
import { SERVICES } from '#contracts';
import { describeSettings } from '#runtime';
import { ROOT } from '../setup/places.js';
import { configurationPage, type DescribedService } from './configuration-page.ts';

/** The page about the settings of the services, as they were built: its path from the root, and what it must hold. */
export async function configurationFiles(): Promise<ReadonlyMap<string, string>> {
  const services = await Promise.all(SERVICES.map(describeService));
  return new Map([['docs/configuration.md', configurationPage(services)]]);
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
