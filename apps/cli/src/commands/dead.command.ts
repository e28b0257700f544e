import type { Command } from 'commander';
import type { Broker } from '#broker';
import { bodyFields } from '../dead/body-text.js';
import type { FoundLetter } from '../dead/change-letters.js';
import type { Letter } from '../dead/letter.js';
import { groupLines, letterLines, wholeLetterLines } from '../dead/letter-lines.js';
import { coverageNotes, lookThrough, type Coverage } from '../dead/look-through.js';
import type { Selection } from '../dead/selection.js';
import { Summary } from '../dead/summary.js';
import { EXIT } from '../exit-codes.js';
import type { Console } from '../output/console.js';
import { counted } from '../output/counts.js';
import type { Cli } from './cli.js';
import { addDiscard, addReplay } from './change-dead.command.js';
import { interruptible } from './interruptible.js';
import {
  addSelectionOptions,
  isFiltered,
  toSelection,
  type SelectionOptions,
} from './selection-options.js';
import { count } from './values.js';

interface ListOptions extends SelectionOptions {
  readonly each?: boolean;
  readonly limit: number;
}

const EXAMPLES = `
Looking changes nothing. Letters that one person looks at are not seen by another meanwhile.

Examples:
  $ signalbox dead list                                        how many of what, of which cause, since when
  $ signalbox dead list --queue status.record --younger-than 1h
  $ signalbox dead show 0d6f6a0e-93d8-4d63-9d0a-6f7f3b0b5c77   one, with its reason and its body
  $ signalbox dead replay --queue indexer.documents --code document-refused --rate 50/s
  $ signalbox dead discard --type task.run --older-than 7d`;

const LIST_EXAMPLES = `
Without a filter it counts by queue, code and type; with one it shows each letter.

Examples:
  $ signalbox dead list
  $ signalbox dead list --code contract-violated --younger-than 30m
  $ signalbox --json dead list --each --limit 1000 | jq -r .id`;

const SHOW_EXAMPLES = `
Documents of one message share its id: all of them are shown.

Example:
  $ signalbox dead show 0d6f6a0e-93d8-4d63-9d0a-6f7f3b0b5c77`;

/** The most letters that `show` keeps with their bodies. */
const SHOWN_AT_MOST = 20;

/** `signalbox dead list|show|replay|discard`: what could not be handled. */
export function addDead(program: Command, cli: Cli): void {
  const dead = program
    .command('dead')
    .description('look at what could not be handled, replay or discard it')
    .addHelpText('after', EXAMPLES);
  addList(dead, cli);
  addShow(dead, cli);
  addReplay(dead, cli);
  addDiscard(dead, cli);
}

function addList(dead: Command, cli: Cli): void {
  addSelectionOptions(
    dead
      .command('list')
      .description('how many dead letters of what, why and since when; with a filter, each of them')
      .argument('[id...]', 'message ids'),
  )
    .option('--each', 'show each letter, without a filter too')
    .option('--limit <n>', 'how many letters to show', count, 50)
    .addHelpText('after', LIST_EXAMPLES)
    .action((ids: string[], options: ListOptions) =>
      interruptible(async (signal) => {
        const selection = toSelection(ids, options);
        await using session = await cli.session(signal);
        const { broker } = session;
        const console = cli.console();
        const each = options.each === true || isFiltered(ids, options);
        const look = { limit: options.look, signal };
        if (each) await listEach(broker, selection, { ...look, shown: options.limit }, console);
        else await listGroups(broker, selection, look, console);
      }),
    );
}

async function listGroups(
  broker: Broker,
  selection: Selection,
  look: { readonly limit: number; readonly signal: AbortSignal },
  console: Console,
): Promise<void> {
  const summary = new Summary();
  const coverage = await lookThrough(broker, selection, look, (letter) => summary.add(letter));
  const { groups } = summary;
  groups.forEach((group) => console.object(group));
  if (groups.length > 0) {
    for (const line of groupLines(groups, { width: console.width })) console.line(line);
    console.line();
  }
  console.line(total(summary.count, coverage));
  noteCoverage(coverage, look.limit, console);
  const [first] = groups;
  if (first === undefined) return;
  console.line(`  each of them:  signalbox dead list --queue ${first.queue} --code ${first.code}`);
  console.line(`  one of them:   signalbox dead show ${first.exampleId}`);
}

async function listEach(
  broker: Broker,
  selection: Selection,
  { shown, ...look }: { readonly limit: number; readonly shown: number; signal: AbortSignal },
  console: Console,
): Promise<void> {
  const letters: Letter[] = [];
  let found = 0;
  const coverage = await lookThrough(broker, selection, look, (letter) => {
    found += 1;
    if (letters.length < shown) letters.push(letter);
  });
  letters.forEach((letter) => console.object(letter));
  if (found > 0) {
    for (const line of letterLines(letters, { width: console.width })) console.line(line);
    console.line();
  }
  console.line(total(found, coverage));
  if (found > letters.length) {
    console.note(`the oldest ${letters.length} are shown; --limit ${found} shows all`);
  }
  noteCoverage(coverage, look.limit, console);
}

function addShow(dead: Command, cli: Cli): void {
  dead
    .command('show')
    .description('everything about a dead letter: why it died, its headers, its body')
    .argument('<id...>', 'message ids')
    .option('--queue <name>', 'look in this queue only')
    .option('--look <n>', 'how many letters of each queue to look at', count, 100_000)
    .addHelpText('after', SHOW_EXAMPLES)
    .action((ids: string[], { queue, look }: { readonly queue?: string; readonly look: number }) =>
      interruptible(async (signal) => {
        const selection = toSelection(ids, {
          look,
          ...(queue !== undefined && { queue: [queue] }),
        });
        await using session = await cli.session(signal);
        const console = cli.console();
        const found: FoundLetter[] = [];
        let more = 0;
        const options = { limit: look, signal };
        const coverage = await lookThrough(
          session.broker,
          selection,
          options,
          (letter, delivery) => {
            if (found.length < SHOWN_AT_MOST) found.push({ letter, delivery });
            else more += 1;
          },
        );
        for (const letter of found) showLetter(letter, console);
        if (more > 0) console.note(`${counted(more, 'more letter')} with these ids not shown`);
        const missing = ids.filter((id) => !found.some(({ letter }) => letter.id === id));
        noteCoverage(coverage, look, console);
        if (missing.length === 0 || more > 0) return;
        console.note(`no dead letter has the id ${missing.join(', ')}; see: signalbox dead list`);
        cli.done(EXIT.failed);
      }),
    );
}

function showLetter({ letter, delivery }: FoundLetter, console: Console): void {
  const { headers, contentType, timestamp, appId } = delivery.properties;
  const properties = { contentType, timestamp, appId } as Readonly<Record<string, unknown>>;
  console.object({ ...letter, properties, headers, ...bodyFields(delivery.content) });
  for (const line of wholeLetterLines(letter, delivery)) console.line(line);
  console.line();
}

function noteCoverage(coverage: readonly Coverage[], limit: number, console: Console): void {
  for (const note of coverageNotes(coverage, limit)) console.note(note);
}

/** `3 dead letters in 7 queues`. */
function total(found: number, coverage: readonly Coverage[]): string {
  if (coverage.length === 0) {
    return 'no dead-letter queue: the services that declare them have never started in this vhost';
  }
  return `${found === 0 ? 'no dead letters' : counted(found, 'dead letter')} in ${counted(coverage.length, 'queue')}`;
}
