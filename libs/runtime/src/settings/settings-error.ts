import { SignalboxError } from '#contracts';

/** One thing wrong with the environment. */
export interface SettingProblem {
  /** The environment variable. */
  readonly name: string;
  /** What is wrong with it, secrets masked: `is not set`, `is "80a"`. */
  readonly problem: string;
  /** What it must be, and what it is for. */
  readonly todo: string;
}

/** The environment does not make valid settings. The message lists every problem, one a line, and what to do. */
export class SettingsError extends SignalboxError {
  constructor(readonly problems: readonly SettingProblem[]) {
    const count =
      problems.length === 1 ? '1 setting is wrong' : `${problems.length} settings are wrong`;
    const lines = problems.map(({ name, problem, todo }) => `  ${name} ${problem}: ${todo}`);
    super('settings-invalid', [`${count} in the environment:`, ...lines].join('\n'));
  }
}
