import { randomUUID } from 'node:crypto';
import type { AllowedHosts } from '#runtime';
import type { Target } from '../../targets/target.js';
import type { Plugin, PluginContext, PluginResult } from '../plugin.js';
import { ExecArguments } from './exec.arguments.js';
import { execCommand, type ExecSurroundings } from './exec-command.js';
import type { ProgramEnd } from './program.js';
import type { Programs } from './programs.js';

/** Runs a program on the task-runner's machine, once for each target. */
export class ExecPlugin implements Plugin<ExecArguments> {
  readonly name = 'exec';
  readonly description =
    'Runs a program on the machine of the task-runner, with the target as an argument.';
  readonly arguments = ExecArguments;
  readonly idempotent = false;
  readonly timeoutMs = 60_000;

  constructor(
    private readonly surroundings: ExecSurroundings,
    private readonly allowed: AllowedHosts,
    private readonly programs: Programs,
  ) {}

  async run(target: Target, args: ExecArguments, context: PluginContext): Promise<PluginResult> {
    const refusal = this.allowed.refuseHost(target.host);
    if (refusal !== undefined) {
      return { state: 'failed', code: 'target-not-allowed', message: refusal, retryable: false };
    }
    const command = execCommand(args, target, context, this.surroundings, randomUUID());
    return resultOf(await this.programs.run(command, context));
  }
}

function resultOf({ exit, termination }: ProgramEnd): PluginResult {
  if (!exit) return { state: 'aborted', termination };
  const { code, signal } = exit;
  if (code === null) {
    const message = `the program was ended by ${signal}, which Signalbox did not send`;
    return { state: 'failed', code: 'killed-by-signal', message, termination };
  }
  if (code === 0) return { state: 'succeeded', exitCode: code, termination };
  const message = `the program ended with exit code ${code}`;
  return { state: 'failed', code: 'exit-code', message, exitCode: code, termination };
}
