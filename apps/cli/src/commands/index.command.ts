import {
  INDEX_STATES,
  ListIndices,
  ListIndicesAnswered,
  type IndexState,
  type IndexSummary,
} from '#contracts';
import { Option, type Command } from 'commander';
import { pagesOf } from '../broker/pages.js';
import type { Session } from '../broker/session.js';
import { indexLines } from '../output/indices.js';
import type { Cli } from './cli.js';

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
    .action(async ({ state }: { readonly state?: IndexState }) => {
      await using session = await cli.session();
      const console = cli.console();
      const items = await indicesOf(session, state);
      for (const item of items) console.object(item);
      if (items.length === 0) {
        return console.line(state === undefined ? 'no indices yet' : `no index is ${state}`);
      }
      for (const line of indexLines(items, console.width)) console.line(line);
    });
}

async function indicesOf(session: Session, state?: IndexState): Promise<IndexSummary[]> {
  const items: IndexSummary[] = [];
  const pages = pagesOf(session, ListIndices, { state }, ListIndicesAnswered);
  for await (const page of pages) items.push(...page.items);
  return items;
}
