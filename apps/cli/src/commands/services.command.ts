import { ListServices, ListServicesAnswered, checkMessage } from '#contracts';
import type { Command } from 'commander';
import { table } from '../output/table.js';
import { duration } from '../output/time.js';
import type { Cli } from './cli.js';

/** `signalbox services`: which processes there are. */
export function addServices(program: Command, cli: Cli): void {
  program
    .command('services')
    .description('show the processes of the mesh and what they hold')
    .action(async () => {
      await using session = await cli.session();
      const console = cli.console();
      const query = checkMessage(ListServices, { limit: 100 });
      const { items } = await session.ask(ListServices, query, ListServicesAnswered);
      for (const item of items) console.object(item);
      const now = Date.now();
      const rows = items.map(({ service, state, version, instanceId, holds, plugins }) => {
        const oldest = Math.min(...holds.map(({ since }) => since));
        const held = holds.length === 0 ? '-' : `${holds.length}, oldest ${duration(now - oldest)}`;
        const offers = plugins.map(({ name }) => name).join(',') || '-';
        return [service, state, version, instanceId, held, offers];
      });
      const head = ['SERVICE', 'STATE', 'VERSION', 'INSTANCE', 'HOLDS', 'PLUGINS'];
      for (const line of table(head, rows, console.width)) console.line(line);
    });
}
