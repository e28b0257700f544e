import { INDEX_STATES, ListIndices, ListIndicesAnswered, type IndexState } from '#contracts';
import { Option, type Command } from 'commander';
import { pagesOf } from '../broker/pages.js';
import { IndexTable } from '../output/indices.js';
import { showPages } from '../output/show-pages.js';
import type { Cli } from './cli.js';
import { count } from './values.js';

interface ListOptions {
  readonly state?: IndexState;
  readonly limit?: number;
}

const EXAMPLES = `
Examples:
  $ signalbox index list
  $ signalbox index list --state blocked`;

/** `signalbox index list`. */
export function addIndex(program: Command, cli: Cli): void {
  program
    .command('index')
    .description('look at the indices that documents go to')
    .addHelpText('after', EXAMPLES)
    .command('list')
    .description('show the indices, what was written, and why some take no documents')
    .addOption(new Option('--state <state>', 'only those in this state').choices(INDEX_STATES))
    .option('--limit <n>', 'how many to show (default: all)', count)
    .action(async ({ state, limit = Infinity }: ListOptions) => {
      await using session = await cli.session();
      const console = cli.console();
      const pages = pagesOf(session, ListIndices, { state }, ListIndicesAnswered);
      const table = new IndexTable(console.width);
      const lines = table.lines.bind(table);
      if ((await showPages(pages, console, { limit, lines })) > 0) return;
      console.line(state === undefined ? 'no indices yet' : `no index is ${state}`);
    });
}
