import {
  AUDIT_RESULTS,
  ListAudit,
  ListAuditAnswered,
  MESSAGES,
  type AuditItem,
  type AuditResult,
} from '#contracts';
import { Option, type Command } from 'commander';
import { pagesOf } from '../broker/pages.js';
import { AuditTable } from '../output/audit.js';
import { showPages } from '../output/show-pages.js';
import { UsageError } from '../usage-error.js';
import type { Cli } from './cli.js';
import { count, pointInTime } from './values.js';

interface AuditOptions {
  readonly by?: string;
  readonly since?: number;
  readonly until?: number;
  readonly type?: string;
  readonly result?: AuditResult;
  readonly limit: number;
}

const TYPES = MESSAGES.filter(({ kind, record }) => kind === 'command' && record).map(
  ({ type }) => type,
);

const EXAMPLES = `
RESULT is rejected (with the code and why), repeated (recorded before, so it did nothing), or accepted; instead of accepted, how
the execution ended that a task.run or task.cancel was about, once it has.
Times are UTC; an ISO date without a zone is your own time. BY is who RabbitMQ says it was, else "unverified". --json has the message ids of all, too.

Examples:
  $ signalbox audit                                   the latest 50 commands
  $ signalbox audit --since 2h --type task.run        what was started in the last two hours
  $ signalbox audit --by release-desk --since 2026-11-24T03:00Z --until 2026-11-24T04:00Z
  $ signalbox audit --result rejected --since 1d      what was refused, and why
  $ signalbox --json audit --since 30d --limit 100000 > audit.ndjson`;

/** `signalbox audit`: who asked for what, when, and how it ended. */
export function addAudit(program: Command, cli: Cli): void {
  program
    .command('audit')
    .description('show who asked for what, when, and how it ended; the newest first')
    .option('--by <user>', 'only what this user asked for')
    .option('--since <time>', 'only then or later: 2h, 1d, or an ISO date', (text) =>
      pointInTime(text),
    )
    .option('--until <time>', 'only before', (text) => pointInTime(text))
    .addOption(new Option('--type <type>', 'only commands of this type').choices(TYPES))
    .addOption(new Option('--result <result>', 'only those that were').choices(AUDIT_RESULTS))
    .option('--limit <n>', 'how many to show', count, 50)
    .addHelpText('after', EXAMPLES)
    .action(async ({ by, since, until, type, result, limit }: AuditOptions) => {
      if (since !== undefined && until !== undefined && since >= until) {
        throw new UsageError('nothing was recorded after --since and before --until');
      }
      await using session = await cli.session();
      const console = cli.console();
      const query = { requestedBy: by, since, until, type };
      const pages = pagesOf(session, ListAudit, query, ListAuditAnswered);
      const table = new AuditTable(console.width);
      let example: string | undefined;
      const lines = (items: readonly AuditItem[]): readonly string[] => {
        example ??= items.find(isOfExecution)?.id;
        return table.lines(items);
      };
      const shown = await showPages(only(pages, result), console, { limit, lines });
      if (shown === 0) console.line('the audit list has nothing like that');
      if (example === undefined) return;
      console.line();
      console.line(`  what became of its targets:  signalbox show ${example}`);
    });
}

/** Status does not look at results; so all that fits else is looked through, page by page, until enough was found. */
async function* only(
  pages: AsyncIterable<ListAuditAnswered>,
  wanted: AuditResult | undefined,
): AsyncGenerator<ListAuditAnswered, void> {
  for await (const page of pages) {
    const items = page.items.filter(({ result }) => wanted === undefined || result === wanted);
    yield Object.assign(new ListAuditAnswered(), page, { items });
  }
}

function isOfExecution({ type, result }: AuditItem): boolean {
  return type.startsWith('task.') && result !== 'rejected';
}
