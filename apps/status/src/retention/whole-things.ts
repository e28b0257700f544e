import type { Batches } from './batches.js';
import type { Tally } from './tally.js';

/** How many things one transaction takes: the writer waits for it. */
const AT_ONCE = 20;

/**
 * Things that the writer might just be deciding about, so that it waits while they go: each with all that is said of it. `$1`: those that are over
 * since before then.
 */
interface Things {
  readonly name: string;
  readonly text: string;
}

/** Streams that were closed: with their position, so that the next start begins anew. */
export const CLOSED_STREAMS: Things = {
  name: 'delete-closed-streams',
  text: `with closed as (
           select key, stream_id from leases
           where stream_id is not null and closed and closed_at < $1 order by closed_at limit ${AT_ONCE}
         ), gone_events as (
           delete from events e using closed c where e.aggregate = c.key returning 1
         ), gone_leases as (
           delete from leases l using closed c where l.key = c.key returning 1
         ), gone_streams as (
           delete from streams s using closed c where s.id = c.stream_id returning 1
         )
         select (select count(*) from gone_events) as events, (select count(*) from gone_leases) as leases,
                (select count(*) from gone_streams) as streams`,
};

/** Pages of targets whose command never came: those of an execution go together, when the newest of them is that old; they may be 40 MB. */
export const LEFT_PAGES: Things = {
  name: 'delete-left-pages',
  text: `with left_behind as (
           select execution_id from target_pages group by execution_id
           having max(at) < $1 order by max(at) limit 1
         ), gone as (
           delete from target_pages p using left_behind l where p.execution_id = l.execution_id returning 1
         )
         select count(*) as target_pages from gone`,
};

/** Whose counters those are that an indexer left behind. No process has this id. */
const GONE_INDEXERS = '00000000-0000-0000-0000-000000000000.0';

/**
 * Processes all of whose instances are gone. What an indexer of them counted stays: it is added to what was left behind by others. Its block ended
 * with it.
 */
export const GONE_PROCESSES: Things = {
  name: 'delete-gone-processes',
  text: `with over as (
           select process_id from services s group by process_id
           having bool_and(gone_at is not null and gone_at < $1
                           and not exists (select from leases l where l.owner_instance = s.instance_id))
           order by max(gone_at) limit ${AT_ONCE}
         ), gone as (
           delete from services s using over o where s.process_id = o.process_id returning s.instance_id
         ), left_behind as (
           delete from indexes i using over o
           where split_part(i.instance_id, '.', 1) = o.process_id::text returning i.*
         ), kept as (
           insert into indexes as i (name, instance_id, counters_seq, written, duplicates, rejected, parked, block_seq)
           select name, '${GONE_INDEXERS}', 1, coalesce(sum(written), 0), coalesce(sum(duplicates), 0),
                  coalesce(sum(rejected), 0), coalesce(sum(parked), 0), 0
           from left_behind group by name
           on conflict (name, instance_id) do update
           set written = i.written + excluded.written, duplicates = i.duplicates + excluded.duplicates,
               rejected = i.rejected + excluded.rejected, parked = i.parked + excluded.parked
         ), aggregates as (
           select 'service/' || instance_id as aggregate from gone
           union all select 'index/' || name || '/' || instance_id from left_behind
         ), gone_events as (
           delete from events e using aggregates a where e.aggregate = a.aggregate returning 1
         )
         select (select count(*) from gone) as services, (select count(*) from left_behind) as indexes,
                (select count(*) from gone_events) as events`,
};

/** Deletes until none is left. */
export async function deleteThings(
  batches: Batches,
  things: Things,
  before: Date,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const statement = { ...things, values: [before] };
    const rows = await batches.delete<object>([statement], signal, 'instead of the writer');
    if (tally.add(rows) === 0) return;
  }
}
