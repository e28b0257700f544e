import { ListServices, ListServicesAnswered, SERVICES, type ServiceName } from '#contracts';
import { Option, type Command } from 'commander';
import { pagesOf } from '../broker/pages.js';
import { ServiceTable } from '../output/services.js';
import { showPages } from '../output/show-pages.js';
import type { Cli } from './cli.js';
import { count } from './values.js';

interface ServicesOptions {
  readonly service?: ServiceName;
  readonly limit?: number;
}

const EXAMPLES = `
A process is alive, stale (for 15 s nobody has watched whether it is) or lost (gone without a word; shown for a day).

Examples:
  $ signalbox services
  $ signalbox services --service task-runner --limit 20`;

/** `signalbox services`: which processes there are. */
export function addServices(program: Command, cli: Cli): void {
  program
    .command('services')
    .description('show the processes of the mesh and what they hold')
    .addOption(new Option('--service <name>', 'only those of this service').choices(SERVICES))
    .option('--limit <n>', 'how many to show (default: all)', count)
    .addHelpText('after', EXAMPLES)
    .action(async ({ service, limit = Infinity }: ServicesOptions) => {
      await using session = await cli.session();
      const console = cli.console();
      const pages = pagesOf(session, ListServices, { service }, ListServicesAnswered);
      const table = new ServiceTable(console.width);
      const lines = table.lines.bind(table);
      const shown = await showPages(pages, console, { limit, lines });
      if (shown === 0) console.line(`the record knows of no ${service ?? 'process'}`);
    });
}
