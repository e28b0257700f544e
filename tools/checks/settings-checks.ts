import { describeSettings, loadSettings, ServiceSettings, SettingsError } from '#runtime';
import { SERVICES } from '#contracts';
import type { Check } from './check.ts';
import type { ContainerFiles } from './container-files.ts';
import { interpolate, interpolations } from './interpolation.ts';
import { meshServices } from './mesh-services.ts';
import { settingsClassName, settingsFile } from './service-settings.ts';

/** What the compose file, `.env.example` and the settings classes say about the same variables. */
export const SETTINGS_CHECKS: readonly Check[] = [
  {
    name: 'every service has a settings class',
    findProblems: ({ settings }) =>
      SERVICES.filter((service) => settings[service] === undefined).map(
        (service) => `${settingsFile(service)} exports no ${settingsClassName(service)}`,
      ),
  },
  {
    name: 'every variable that a service gets is a setting of its class',
    findProblems: (files) =>
      meshServices(files).flatMap(({ name, compose: { environment = {} } }) => {
        const Settings = files.settings[name];
        if (Settings === undefined) return [];
        const known = new Set(
          describeSettings(Settings).flatMap((setting) =>
            setting.secret ? [setting.name, `${setting.name}_FILE`] : [setting.name],
          ),
        );
        return Object.keys(environment)
          .filter((variable) => !known.has(variable))
          .map((variable) => `${name} gets ${variable}, which ${Settings.name} does not have`);
      }),
  },
  {
    name: 'every service starts with the values of .env.example',
    findProblems: (files) =>
      meshServices(files).flatMap(({ name, compose: { environment = {} } }) => {
        const Settings = files.settings[name];
        if (Settings === undefined) return [];
        const given = Object.entries(environment).map(
          ([variable, value]) => [variable, interpolate(value, files.example)] as const,
        );
        return problemsOf(Settings, Object.fromEntries(given)).map(
          (problem) => `${name} does not start: ${problem}`,
        );
      }),
  },
  {
    name: 'every service has longer to stop than its own deadlines take together',
    findProblems: (files) =>
      meshServices(files).flatMap(({ name, compose }) => {
        const neededMs = stopMs(files, name);
        const grantedMs = milliseconds(compose.stop_grace_period ?? '10s');
        return grantedMs > neededMs
          ? []
          : [`${name} is killed after ${grantedMs} ms, and may need ${neededMs} ms`];
      }),
  },
  {
    name: 'every variable of the compose file stands in .env.example',
    findProblems: ({ composeText, example }) =>
      [...usedVariables(composeText)]
        .filter((name) => !(name in example))
        .map((name) => `the compose file uses ${name}, which .env.example lacks`),
  },
  {
    name: 'every variable of .env.example is used by the compose file',
    findProblems: ({ composeText, example }) => {
      const used = usedVariables(composeText);
      return Object.keys(example)
        .filter((name) => !used.has(name))
        .map((name) => `.env.example has ${name}, which the compose file does not use`);
    },
  },
];

function usedVariables(composeText: string): ReadonlySet<string> {
  return new Set(interpolations(composeText).map(({ name }) => name));
}

function problemsOf(
  Settings: new () => object,
  environment: Readonly<Record<string, string>>,
): readonly string[] {
  try {
    loadSettings(Settings, environment);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ name, problem }) => `${name} ${problem}`);
  }
}

function stopMs({ settings, compose }: ContainerFiles, name: (typeof SERVICES)[number]): number {
  const defaults = new (settings[name] ?? ServiceSettings)() as ServiceSettings;
  const given = compose.services[name]?.environment ?? {};
  return (['DRAIN_TIMEOUT_MS', 'CLOSE_TIMEOUT_MS'] as const)
    .map((setting) => Number(given[setting] ?? defaults[setting]))
    .reduce((sum, ms) => sum + ms);
}

function milliseconds(duration: string): number {
  return parseInt(duration, 10) * (duration.endsWith('m') ? 60_000 : 1_000);
}
