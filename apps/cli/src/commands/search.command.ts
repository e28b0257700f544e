import { SearchDocuments, SearchDocumentsAnswered, checkMessage } from '#contracts';
import type { Command } from 'commander';
import { counted } from '../output/counts.js';
import { undatedCount, undatedNote } from '../search/undated.js';
import type { Cli } from './cli.js';
import { count, pointInTime } from './values.js';

interface SearchOptions {
  readonly index: string;
  readonly size: number;
  readonly since?: number;
  readonly until?: number;
  readonly sort?: string;
}

const EXAMPLES = `
Words must all be there; "a phrase", -word and OR work as one expects.

Examples:
  $ signalbox search 'timeout -retry' --index edge-access
  $ signalbox --json search '"connection refused"' --index 'edge-*' --since 2h | jq .document`;

/** `signalbox search`: what was indexed. */
export function addSearch(program: Command, cli: Cli): void {
  program
    .command('search')
    .description('search what was indexed')
    .argument('<query>')
    .requiredOption('--index <name>', 'an index, or several with * at the end')
    .option('--size <n>', 'how many hits', count, 20)
    .option('--since <time>', 'not older than: 2h, 30m, 2026-11-24T08:00Z', (text) =>
      pointInTime(text),
    )
    .option('--until <time>', 'not newer than', (text) => pointInTime(text))
    .option('--sort <order>', 'relevance, newest or oldest')
    .addHelpText('after', EXAMPLES)
    .action(async (query: string, { index, size, since, until, sort }: SearchOptions) => {
      const search = checkMessage(SearchDocuments, {
        index,
        query,
        size,
        ...(since !== undefined && { from: since }),
        ...(until !== undefined && { to: until }),
        ...(sort !== undefined && { sort }),
      });
      await using session = await cli.session();
      const console = cli.console();
      const { hits, total } = await session.ask(SearchDocuments, search, SearchDocumentsAnswered);
      for (const hit of hits) console.object(hit);
      for (const { index: from, document } of hits) {
        console.line(`${console.paint(from, 'dim')}  ${JSON.stringify(document)}`);
      }
      const shown = total > hits.length ? `, ${hits.length} shown` : '';
      console.line(`${counted(total, 'hit')}${shown}`);
      if (since === undefined && until === undefined) return;
      const without = await undatedCount(session, search);
      if (without > 0) console.note(undatedNote(without));
    });
}
