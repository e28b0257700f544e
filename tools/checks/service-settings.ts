import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICES, type ServiceName } from '#contracts';

type SettingsClass = new () => object;

/** The settings class of each service; undefined where there is none. */
export type SettingsOfService = Readonly<Record<ServiceName, SettingsClass | undefined>>;

/** Where a service declares its settings: `apps/task-runner/src/task-runner.env.ts`. */
export function settingsFile(service: ServiceName): string {
  return `apps/${service}/src/${service}.env.ts`;
}

/** What the class is called there: `TaskRunnerSettings`. */
export function settingsClassName(service: ServiceName): string {
  const words = service.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Settings`;
}

/** Loads the settings classes from the sources: for Jest alone, since Node by itself runs no decorators. */
export async function loadSettingsClasses(root: string): Promise<SettingsOfService> {
  const entries = SERVICES.map(
    async (service) => [service, await settingsClass(root, service)] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as SettingsOfService;
}

async function settingsClass(
  root: string,
  service: ServiceName,
): Promise<SettingsClass | undefined> {
  const file = join(root, settingsFile(service));
  if (!existsSync(file)) return undefined;
  const module = (await import(file)) as Readonly<Record<string, SettingsClass | undefined>>;
  return module[settingsClassName(service)];
}
