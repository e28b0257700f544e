import {
  GetExecution,
  GetExecutionAnswered,
  ListExecutions,
  ListExecutionsAnswered,
  checkMessage,
  type ExecutionSummary,
  type ListTargets,
} from '#contracts';
import type { Command } from 'commander';
import { pagesOf } from '../broker/pages.js';
import type { Session } from '../broker/session.js';
import { countsText, summaryLines } from '../output/counts.js';
import type { Console } from '../output/console.js';
import { showPages } from '../output/show-pages.js';
import { Table } from '../output/table.js';
import { targetLines, targetsOf } from '../output/targets.js';
import { time } from '../output/time.js';
import type { Cli } from './cli.js';
import { count } from './values.js';

interface ShowOptions {
  readonly targets?: boolean;
  readonly state?: string;
  readonly limit: number;
}

const EXAMPLES = `
Examples:
  $ signalbox show                                     the latest executions
  $ signalbox show ID                                  one, with what did not succeed
  $ signalbox show ID --state timed-out                its targets in one state
  $ signalbox --json show ID --targets | jq .target    all of them, for scripts`;

/** `signalbox show`: what the record says. */
export function addShow(program: Command, cli: Cli): void {
  program
    .command('show')
    .description('show the latest executions, or one')
    .argument('[execution-id]')
    .option('--targets', 'list every target')
    .option('--state <state>', 'list the targets in this state')
    .option('--limit <n>', 'how many executions', count, 20)
    .addHelpText('after', EXAMPLES)
    .action(async (executionId: string | undefined, options: ShowOptions) => {
      await using session = await cli.session();
      const console = cli.console();
      if (executionId === undefined) await showLatest(session, console, options.limit);
      else await showOne(session, console, executionId, options);
    });
}

async function showLatest(session: Session, console: Console, limit: number): Promise<void> {
  const pages = pagesOf(session, ListExecutions, {}, ListExecutionsAnswered);
  const table = new Table(HEAD, console.width);
  const lines = (items: readonly ExecutionSummary[]): string[] => table.lines(items.map(row));
  if ((await showPages(pages, console, { limit, lines })) > 0) return;
  console.line('no executions yet; start one with: signalbox run --help');
}

const HEAD = ['EXECUTION', 'PLUGIN', 'STATE', 'ASKED AT', 'BY', 'TARGETS'];

function row(item: ExecutionSummary): string[] {
  const { executionId, plugin, outcome, state, recordedAt, requestedBy, counts } = item;
  return [executionId, plugin, outcome ?? state, time(recordedAt), requestedBy, countsText(counts)];
}

async function showOne(
  session: Session,
  console: Console,
  executionId: string,
  { targets, state }: ShowOptions,
): Promise<void> {
  const query = checkMessage(GetExecution, { executionId });
  const execution = await session.ask(GetExecution, query, GetExecutionAnswered);
  if (targets !== true && state === undefined) console.object(execution);
  for (const line of summaryLines(execution)) console.line(line);
  const wanted = state as ListTargets['state'];
  const all = targets === true || state !== undefined;
  for await (const page of targetsOf(session, executionId, wanted)) {
    const shown = all ? page : page.filter(notSucceeded);
    if (all) shown.forEach((item) => console.object(item));
    for (const line of targetLines(shown, console)) console.line(line);
  }
}

function notSucceeded({ state }: { readonly state: string }): boolean {
  return !['waiting', 'started', 'succeeded'].includes(state);
}
