import type { Command } from 'commander';
import { notReplayable } from '../dead/replayed-message.js';
import { Replay } from '../dead/replay-letters.js';
import { UsageError } from '../usage-error.js';
import { changeDead, type DeadChange } from './change-dead.js';
import type { Cli } from './cli.js';
import {
  addSelectionOptions,
  isFiltered,
  toSelection,
  type SelectionOptions,
} from './selection-options.js';
import { rate } from './values.js';

interface ChangeOptions extends SelectionOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly rate?: number;
}

const REPLAY_EXAMPLES = `
A letter goes back to the queue it came from, with its message id, as a first attempt, under your name. It is removed once
RabbitMQ has confirmed that; Ctrl-C leaves the rest. What dies again is there again.

Examples:
  $ signalbox dead replay 0d6f6a0e-93d8-4d63-9d0a-6f7f3b0b5c77
  $ signalbox dead replay --queue indexer.documents --code document-refused --rate 50/s
  $ signalbox dead replay --all --yes`;

const DISCARD_EXAMPLES = `
Discarded letters are gone for good.

Examples:
  $ signalbox dead discard 0d6f6a0e-93d8-4d63-9d0a-6f7f3b0b5c77
  $ signalbox dead discard --type task.run --older-than 7d --yes`;

/** `signalbox dead replay`. */
export function addReplay(dead: Command, cli: Cli): void {
  changing(
    dead.command('replay').description('handle dead letters again, now that the cause is gone'),
  )
    .option('--rate <n/s>', 'at most so many a second', rate)
    .addHelpText('after', REPLAY_EXAMPLES)
    .action((ids: string[], options: ChangeOptions) =>
      run(cli, ids, options, {
        verb: 'replay',
        done: 'replayed',
        impossible: notReplayable,
        begin: (session, told) => {
          const replay = new Replay(session, options.rate ?? Infinity, told);
          return (letters, remove, signal) => replay.run(letters, remove, signal);
        },
      }),
    );
}

/** `signalbox dead discard`. */
export function addDiscard(dead: Command, cli: Cli): void {
  changing(dead.command('discard').description('remove dead letters for good'))
    .addHelpText('after', DISCARD_EXAMPLES)
    .action((ids: string[], options: ChangeOptions) =>
      run(cli, ids, options, {
        verb: 'discard',
        done: 'discarded',
        impossible: () => undefined,
        begin: (_, told) => async (letters, remove) => {
          for (const letter of letters) {
            remove(letter);
            told.done(letter);
          }
        },
      }),
    );
}

function changing(command: Command): Command {
  return addSelectionOptions(command.argument('[id...]', 'message ids'))
    .option('--all', 'every letter')
    .option('--yes', 'do not ask');
}

function run(
  cli: Cli,
  ids: readonly string[],
  options: ChangeOptions,
  change: DeadChange,
): Promise<void> {
  const { verb } = change;
  if (options.all !== true && !isFiltered(ids, options)) {
    throw new UsageError(
      `say which letters to ${verb}: their ids, a filter (--queue, --code, --type, --older-than), or --all`,
    );
  }
  const { look, yes = false } = options;
  return changeDead(cli, toSelection(ids, options), { look, yes }, change);
}
