import { randomUUID } from 'node:crypto';
import { RunTask, checkMessage, type JsonValue } from '#contracts';
import type { Command } from 'commander';
import type { Cli } from './cli.js';
import {
  addArgument,
  argumentsFile,
  count,
  countOrNone,
  milliseconds,
  targetList,
} from './values.js';
import { counted } from '../output/counts.js';
import { watchExecution } from '../watch/watch-execution.js';

interface RunOptions {
  readonly plugin: string;
  readonly targets: string;
  readonly arg?: Readonly<Record<string, JsonValue>>;
  readonly argsFile?: string;
  readonly concurrency?: number;
  readonly timeout?: number;
  readonly retries?: number;
  readonly onLost?: string;
  readonly index?: string;
  readonly id?: string;
  readonly watch?: boolean;
}

const EXAMPLES = `
Examples:
  $ signalbox run --plugin http --targets hosts.txt --arg url=https://{target}/health --watch
  $ signalbox run --plugin exec --targets a,b,c --arg program=ping --arg 'args=["-c1","{target}"]' --timeout 10s
  $ inventory edge | signalbox run --plugin http --targets - --arg url=https://{target}/ --concurrency 100`;

/** `signalbox run`: asks for an execution. */
export function addRun(program: Command, cli: Cli): void {
  program
    .command('run')
    .description('run a plugin on targets')
    .requiredOption('--plugin <name>', 'what to run: http, exec')
    .requiredOption('--targets <list>', 'a,b,c, or a file with one a line, or - for standard input')
    .option('--arg <name=value>', 'an argument of the plugin; repeat it for more', addArgument)
    .option('--args-file <file>', 'the arguments as a JSON object')
    .option('--concurrency <n>', 'targets at once', count)
    .option('--timeout <duration>', 'for each attempt on a target: 500ms, 30s, 5m', milliseconds)
    .option('--retries <n>', 'further attempts on a target that failed', countOrNone)
    .option('--on-lost <policy>', 'when an owner vanishes mid-run: retry or fail')
    .option('--index <name>', 'make the output searchable in this index')
    .option('--id <uuid>', 'the execution id; the same id again changes nothing')
    .option('--watch', 'follow it to its end')
    .addHelpText('after', EXAMPLES)
    .action(async (options: RunOptions) => {
      const command = toCommand(options);
      const { executionId } = command;
      const console = cli.console();
      await using session = await cli.session();
      // Said first: should the answer get lost, the person knows what to ask for.
      const targets = counted(targetCount(command), 'target');
      console.line(`execution ${executionId}: ${command.plugin} on ${targets}`);
      await session.command(RunTask, command);
      console.object({ executionId, state: 'accepted' });
      if (options.watch === true) cli.done(await watchExecution(session, executionId, console));
      else console.line(`accepted; follow it with: signalbox watch ${executionId}`);
    });
}

function toCommand(options: RunOptions): RunTask {
  const { concurrency, timeout, retries, onLost, index } = options;
  const args = options.argsFile === undefined ? {} : argumentsFile(options.argsFile);
  return checkMessage(RunTask, {
    executionId: options.id ?? randomUUID(),
    plugin: options.plugin,
    args: { ...args, ...options.arg },
    targets: targetList(options.targets),
    policy: {
      ...(concurrency !== undefined && { concurrency }),
      ...(timeout !== undefined && { timeoutMs: timeout }),
      ...(retries !== undefined && { retries: { limit: retries } }),
      ...(onLost !== undefined && { onLost }),
    },
    output: index === undefined ? {} : { index },
  });
}

function targetCount({ targets }: RunTask): number {
  return 'count' in targets ? targets.count : targets.length;
}
