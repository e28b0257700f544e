import { CancelTask, checkMessage } from '#contracts';
import type { Command } from 'commander';
import type { Cli } from './cli.js';

const EXAMPLES = `
Queued targets never start; running ones are ended, and their processes with them.

Example:
  $ signalbox cancel 0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11 --reason 'wrong hosts'`;

/** `signalbox cancel`: ends an execution. */
export function addCancel(program: Command, cli: Cli): void {
  program
    .command('cancel')
    .description('end an execution, wherever it is')
    .argument('<execution-id>')
    .option('--reason <text>', 'for those who read the record later')
    .addHelpText('after', EXAMPLES)
    .action(async (executionId: string, { reason }: { readonly reason?: string }) => {
      const command = checkMessage(CancelTask, {
        executionId,
        ...(reason !== undefined && { reason }),
      });
      await using session = await cli.session();
      await session.command(CancelTask, command);
      const console = cli.console();
      console.object({ executionId, cancelled: 'accepted' });
      console.line(
        `cancel recorded, also for a command of this id that comes later; see how it ends with: signalbox watch ${executionId}`,
      );
    });
}
