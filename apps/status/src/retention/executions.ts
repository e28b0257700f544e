import { BATCH_ROWS, type Batches } from './batches.js';
import type { Tally } from './tally.js';

/** How many executions are looked up at once. */
const GROUP = 100;

/** How many chunks one transaction takes at most; it takes fewer where they are large. */
const CHUNKS = 200;

/**
 * Deletes executions that ended before `before`, the oldest first, with their targets, chunks and events. The execution itself goes last: cut off
 * in between, the next call goes on where this one stopped.
 */
export async function deleteExecutions(
  batches: Batches,
  before: Date,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const over = await batches.select<Over>({ ...SELECT_OVER, values: [before] });
    if (over.length === 0) return;
    const ids = over.map(({ id }) => id);
    await deleteChunks(batches, ids, tally, signal);
    for (const execution of over) await deleteRest(batches, execution, tally, signal);
    const statement = { ...DELETE_EXECUTIONS, values: [ids] };
    tally.add(await batches.delete<{ executions: number }>([statement], signal));
  }
}

interface Over {
  readonly id: string;
  readonly total: number;
  readonly begun_targets: number;
}

async function deleteChunks(
  batches: Batches,
  ids: readonly string[],
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const statement = { ...DELETE_CHUNKS, values: [ids, CHUNKS, BATCH_ROWS] };
    const rows = await batches.delete<{ leases: number }>([statement], signal);
    tally.add(rows);
    if (rows[0]?.leases === 0) return;
  }
}

/** Targets that never began belong to no chunk. */
async function deleteRest(
  batches: Batches,
  { id, total, begun_targets: begun }: Over,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  for (let first = begun + 1; first <= total; first += BATCH_ROWS) {
    const statement = { ...DELETE_REST, values: [id, first, first + BATCH_ROWS - 1] };
    tally.add(await batches.delete<{ targets: number }>([statement], signal));
  }
}

const SELECT_OVER = {
  name: 'executions-over',
  text: `select id, case outcome when 'rejected' then 0 else total end as total, begun_targets
         from executions where finished_at < $1 order by finished_at limit ${GROUP}`,
};

/** The first chunks of these executions with all that is theirs, at least one. */
const DELETE_CHUNKS = {
  name: 'delete-chunks',
  text: `with chunks as (
           select key, execution_id, first, size from (
             select *, sum(size) over (order by execution_id, first) - size as before
             from (select key, execution_id, first, size from leases
                   where execution_id = any($1::uuid[]) order by execution_id, first limit $2) as next
           ) as summed where before < $3
         ), gone_events as (
           delete from events e using chunks c where e.aggregate = c.key returning 1
         ), gone_targets as (
           delete from targets t using chunks c
           where t.execution_id = c.execution_id and t.ordinal between c.first and c.first + c.size - 1 returning 1
         ), gone_leases as (
           delete from leases l using chunks c where l.key = c.key returning 1
         )
         select (select count(*) from gone_events) as events, (select count(*) from gone_targets) as targets,
                (select count(*) from gone_leases) as leases`,
};

const DELETE_REST = {
  name: 'delete-rest',
  text: `with gone as (
           delete from targets where execution_id = $1 and ordinal between $2 and $3 returning 1
         ) select count(*) as targets from gone`,
};

const DELETE_EXECUTIONS = {
  name: 'delete-executions',
  text: `with gone as (
           delete from executions where id = any($1::uuid[]) and finished_at is not null returning 1
         ) select count(*) as executions from gone`,
};
