import { readFileSync } from 'node:fs';
import { validateSync } from 'class-validator';
import { MASK, maskText } from '../logging/mask.js';
import { describeSettings, type SettingDescription } from './describe-settings.js';
import type { SettingType } from './setting.decorator.js';
import { SettingsError, type SettingProblem } from './settings-error.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Makes a frozen instance of a settings class from environment variables. A variable that is empty counts as
 * not set. A secret may come from the file that `<NAME>_FILE` names (its trailing line break is cut off).
 * Throws one `SettingsError` with every problem.
 */
export function loadSettings<T extends object>(Class: new () => T, environment: Environment): T {
  const descriptions = describeSettings(Class);
  const read = descriptions.map((setting) => readSetting(setting, environment));
  const given = read.filter(({ value }) => value !== undefined);
  const settings = Object.assign(
    new Class(),
    Object.fromEntries(given.map(({ setting, value }) => [setting.name, value])),
  );

  const broken = new Set(
    validateSync(settings, { forbidUnknownValues: false }).map(({ property }) => property),
  );
  const problems = read.flatMap((reading) => {
    const problem = problemWith(reading, broken.has(reading.setting.name));
    return problem === undefined ? [] : [problem];
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.freeze(settings);
}

interface Reading {
  readonly setting: SettingDescription;
  /** Undefined when the variable is not set, or cannot be read. */
  readonly value: unknown;
  /** The variable as it may be shown. */
  readonly shown?: string;
  /** Why there is no value although the variable is set. */
  readonly failure?: string;
}

function readSetting(setting: SettingDescription, environment: Environment): Reading {
  const direct = environment[setting.name] || undefined;
  const fileVariable = `${setting.name}_FILE`;
  const file = setting.secret === undefined ? undefined : environment[fileVariable] || undefined;
  if (file === undefined) return readText(setting, direct);
  if (direct !== undefined) {
    const failure = `is set twice, by itself and by ${fileVariable}`;
    return { setting, value: undefined, failure };
  }
  try {
    return readText(setting, readFileSync(file, 'utf8').replace(/\r?\n$/, ''));
  } catch (error) {
    const failure = `cannot be read from ${fileVariable} (${(error as Error).message})`;
    return { setting, value: undefined, failure };
  }
}

function readText(setting: SettingDescription, text: string | undefined): Reading {
  if (text === undefined) return { setting, value: undefined };
  const value = CONVERT[setting.type](text);
  const shown = setting.secret === true ? MASK : JSON.stringify(maskText(text));
  return value === undefined
    ? { setting, value, failure: `is ${shown}` }
    : { setting, value, shown };
}

/** From the text of a variable to a value of the type, or undefined when it is none. */
const CONVERT: Readonly<Record<SettingType, (text: string) => unknown>> = {
  string: (text) => text,
  number: (text) => (/^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  list: (text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
};

function problemWith(reading: Reading, ruleBroken: boolean): SettingProblem | undefined {
  const { setting, value, shown, failure } = reading;
  const missing = value === undefined && setting.required;
  if (failure === undefined && !missing && !ruleBroken) return undefined;
  const problem = failure ?? (shown === undefined ? 'is not set' : `is ${shown}`);
  return { name: setting.name, problem, todo: whatToDo(setting) };
}

function whatToDo({ allowed, unit, means, example }: SettingDescription): string {
  const must = `must be ${allowed}${unit === undefined ? '' : ` (${unit})`}`;
  const such = example === undefined ? '' : `, such as ${example}`;
  return `${must}${such}. ${means}`;
}
