import {
  ListServices,
  ListServicesAnswered,
  SERVICES,
  type ServiceItem,
  type ServiceName,
  type ServiceState,
} from '#contracts';
import { Option, type Command } from 'commander';
import { pagesOf } from '../broker/pages.js';
import type { Console } from '../output/console.js';
import { ServiceTable } from '../output/services.js';
import { showPages } from '../output/show-pages.js';
import type { Cli } from './cli.js';
import { count } from './values.js';

interface ServicesOptions {
  readonly service?: ServiceName;
  readonly holds?: boolean;
  readonly limit?: number;
}

const EXAMPLES = `
A process is alive, stale (for 15 s nobody has watched whether it is) or lost (gone without a word; shown for a day).
HOLDS is how many chunks and streams it owns, and for how long the oldest of them.

Examples:
  $ signalbox services
  $ signalbox services --holds                         each chunk and stream, too
  $ signalbox services --service task-runner --limit 20
  $ signalbox --json services | jq 'select(.state != "alive")'`;

/** `signalbox services`: which processes there are. */
export function addServices(program: Command, cli: Cli): void {
  program
    .command('services')
    .description('show the processes of the mesh and what they hold')
    .addOption(new Option('--service <name>', 'only those of this service').choices(SERVICES))
    .option('--holds', 'show each chunk and stream that they hold, at most 1,000 of each process')
    .option('--limit <n>', 'how many to show (default: all)', count)
    .addHelpText('after', EXAMPLES)
    .action(async ({ service, holds, limit = Infinity }: ServicesOptions) => {
      await using session = await cli.session();
      const console = cli.console();
      const pages = pagesOf(session, ListServices, { service }, ListServicesAnswered);
      const table = new ServiceTable(console.width, holds);
      const states = new Set<ServiceState>();
      const lines = (items: readonly ServiceItem[]): readonly string[] => {
        for (const { state } of items) states.add(state);
        return table.lines(items);
      };
      const shown = await showPages(pages, console, { limit, lines });
      if (shown === 0) console.line(`the record knows of no ${service ?? 'process'}`);
      sayWhatNext(states, console);
    });
}

function sayWhatNext(states: ReadonlySet<ServiceState>, console: Console): void {
  if (!states.has('stale') && !states.has('lost')) return;
  console.line();
  if (states.has('stale')) {
    console.line('  stale: no status has read the record for 15 s, so nobody knows who is alive');
  }
  if (states.has('lost')) {
    console.line('  lost: gone without a word; what it held is with others, or waits for one');
  }
  console.line('  what is wrong:  signalbox doctor');
}
