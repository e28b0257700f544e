import { BATCH_ROWS, type Batches } from './batches.js';
import type { Tally } from './tally.js';

/** A statement that deletes rows that are older than `$1`, at most `$2`, and says how many of what went. */
interface Deletion {
  readonly name: string;
  readonly text: string;
}

/** Commands of the audit list. */
export const OLD_COMMANDS = beside('commands', 'at < $1', 'at');

/**
 * Of what streams and indexers report once a second, all but the newest word: it carries the whole state (of a stream, one for each epoch, whose
 * counters are summed up). Also what had no effect when it came.
 */
export const OLD_EVENTS = beside(
  'events',
  `at < $1 and (type <> 'targets.changed' or superseded)
   and (superseded or ((type = 'index.changed' or aggregate like 'stream/%') and exists (
     select from events newer
     where newer.aggregate = events.aggregate and newer.epoch = events.epoch and newer.seq > events.seq
       and not newer.superseded and (newer.type = events.type or events.type <> 'index.changed'))))`,
  'at',
);

/** Cancels that are not remembered any more. */
export const OLD_CANCELS = beside('cancels', 'at < $1', 'at');

/** Deletes until nothing older is left. */
export async function deleteOlder(
  batches: Batches,
  deletion: Deletion,
  before: Date,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const statement = { ...deletion, values: [before, BATCH_ROWS] };
    const went = tally.add(await batches.delete<Record<string, number>>([statement], signal));
    if (went < BATCH_ROWS) return;
  }
}

function beside(table: string, condition: string, order: string): Deletion {
  // The condition stands there twice: the writer may have renewed a row (a cancel) since it was chosen.
  return {
    name: `delete-old-${table}`,
    text: `with gone as (
             delete from ${table} where ${condition} and ctid = any(array(
               select ctid from ${table} where ${condition} order by ${order} limit $2))
             returning 1
           ) select count(*) as ${table} from gone`,
  };
}
