import type { Command } from 'commander';
import { deadQueues, type Selection } from '../dead/selection.js';
import { UsageError } from '../usage-error.js';
import { count, milliseconds } from './values.js';

/** The options by which letters are chosen. */
export interface SelectionOptions {
  readonly queue?: readonly string[];
  readonly code?: readonly string[];
  readonly type?: readonly string[];
  readonly olderThan?: number;
  readonly youngerThan?: number;
  readonly look: number;
}

/** Letters of a queue that are looked at unless more are asked for. */
const LOOK = 10_000;

/** Adds the options by which letters are chosen. */
export function addSelectionOptions(command: Command): Command {
  return command
    .option('--queue <name>', 'only of this queue (status.record); repeat it for more', each)
    .option('--code <code>', 'only those that died of this; repeat it for more', each)
    .option('--type <type>', 'only messages of this type (task.run); repeat it for more', each)
    .option(
      '--older-than <duration>',
      'only those that died so long ago: 30m, 2h, 1d',
      milliseconds,
    )
    .option('--younger-than <duration>', 'only those that died since', milliseconds)
    .option(
      '--look <n>',
      'how many letters of each queue to look at, from the oldest',
      count,
      LOOK,
    );
}

/** Whether the options choose anything at all. */
export function isFiltered(ids: readonly string[], options: SelectionOptions): boolean {
  const { queue, code, type, olderThan, youngerThan } = options;
  const given = [queue, code, type, olderThan, youngerThan];
  return ids.length > 0 || given.some((value) => value !== undefined);
}

/** What ids and options mean. Throws `UsageError`. */
export function toSelection(
  ids: readonly string[],
  { queue, code = [], type = [], olderThan, youngerThan }: SelectionOptions,
  now = Date.now(),
): Selection {
  if (olderThan !== undefined && youngerThan !== undefined && olderThan > youngerThan) {
    throw new UsageError('no letter is older than --older-than and younger than --younger-than');
  }
  return {
    ids,
    queues: deadQueues(queue),
    codes: code,
    types: type,
    ...(olderThan !== undefined && { until: now - olderThan }),
    ...(youngerThan !== undefined && { since: now - youngerThan }),
  };
}

function each(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
