import type { Target } from '../../targets/target.js';
import type { PluginContext } from '../plugin.js';
import type { ExecArguments } from './exec.arguments.js';
import { MARK_VARIABLE } from './process-table.js';
import type { ProcessCommand } from './start-process.js';

/**
 * A program ready to be started. Its environment has nothing of the task-runner's own, which holds
 * passwords.
 */
export interface ExecCommand extends ProcessCommand {
  /** The attempt's mark in that environment. */
  readonly mark: string;
  /** The target's name. */
  readonly target: string;
}

/** What every program gets from the task-runner's settings and its machine. */
export interface ExecSurroundings {
  /** Where programs are looked up: their PATH. */
  readonly path: string;
  /** Their HOME. */
  readonly home: string;
}

/**
 * The program for one attempt on one target. The target stands in its arguments where they say
 * `{target}` or `{host}`, and in its environment; never inside a command line for the shell, where
 * it would be code.
 */
export function execCommand(
  args: ExecArguments,
  target: Target,
  attempt: Pick<PluginContext, 'executionId' | 'attempt'>,
  surroundings: ExecSurroundings,
  mark: string,
): ExecCommand {
  const filled = args.args.map((arg) => fillIn(arg, target));
  return {
    file: args.shell ? '/bin/sh' : args.program,
    args: args.shell ? ['-c', args.program, 'sh', ...filled] : filled,
    env: {
      PATH: surroundings.path,
      HOME: surroundings.home,
      LANG: 'C.UTF-8',
      ...args.env,
      SIGNALBOX_EXECUTION: attempt.executionId,
      SIGNALBOX_TARGET: target.name,
      SIGNALBOX_HOST: target.host,
      SIGNALBOX_ATTEMPT: String(attempt.attempt),
      [MARK_VARIABLE]: mark,
    },
    directory: args.directory,
    mark,
    target: target.name,
  };
}

function fillIn(arg: string, { name, host }: Target): string {
  // A function: `$&` in a replacement text would have a meaning.
  return arg.replaceAll(/\{(target|host)\}/g, (_, what) => (what === 'target' ? name : host));
}
