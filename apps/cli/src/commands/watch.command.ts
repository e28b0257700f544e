import type { Command } from 'commander';
import { watchExecution } from '../watch/watch-execution.js';
import type { Cli } from './cli.js';

const EXAMPLES = `
Ctrl-C stops watching, not the execution.

Examples:
  $ signalbox watch 0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11
  $ signalbox --json watch 0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11 | jq -r 'select(.state=="failed").target'`;

/** `signalbox watch`: follows an execution to its end. */
export function addWatch(program: Command, cli: Cli): void {
  program
    .command('watch')
    .description('follow an execution to its end')
    .argument('<execution-id>')
    .addHelpText('after', EXAMPLES)
    .action(async (executionId: string) => {
      await using session = await cli.session();
      cli.done(await watchExecution(session, executionId, cli.console()));
    });
}
