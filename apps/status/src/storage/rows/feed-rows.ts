import type { TargetItem } from '#contracts';
import type { EndedTargets } from '../../record/effects.js';
import type { Target } from '../../record/executions/chunk.js';
import type { WorkingSet } from '../../record/working-set.js';
import type { Statement } from '../flight.js';
import { rowsJson } from './row-statement.js';

/** The name of a feed that begins, as SQL. */
export const NEW_GENERATION = `substr(md5(gen_random_uuid()::text), 1, 8)`;

/** How many targets one entry of the feed names at most. */
export const MAX_FEED_TARGETS = 100;

/** An entry that is known without asking the database. */
interface ReadyEntry {
  readonly type: 'targets' | 'targets-ended';
  readonly subject: string;
  readonly data: object;
}

/**
 * The statement that adds to the feed what a batch changed, each thing once and as it is at the end of the batch; `undefined` where
 * nothing did that the feed tells. It runs last in the transaction, since it reads what the others wrote.
 */
export function feedStatement(set: WorkingSet): Statement | undefined {
  const { changes, effects } = set;
  const started = changes.startedServices.map(({ instanceId }) => instanceId);
  const gone = changes.goneServices.map(({ instanceId }) => instanceId);
  const leases = [...changes.newLeases, ...changes.leases];
  const streams = new Set(
    [...changes.newStreams, ...changes.streams, ...leases].flatMap((lease) =>
      lease.kind === 'stream' ? [lease.streamId] : [],
    ),
  );
  const executions = new Set(
    [
      ...changes.newExecutions.map(({ execution }) => execution),
      ...changes.executions,
      ...effects.progressed,
    ].map(({ id }) => id),
  );
  const values = [
    [...started, ...gone],
    started,
    gone.map((instanceId) => instanceId.slice(0, instanceId.indexOf('.'))),
    [...new Set(changes.indexes.map(({ name }) => name))],
    [...streams],
    [...executions],
  ];
  const ready = [...targetEntries(changes.targets), ...effects.endedTargets.map(endedEntry)];
  if (ready.length === 0 && values.every(({ length }) => length === 0)) return undefined;
  return { ...INSERT_FEED, values: [...values, rowsJson(ready)] };
}

function targetEntries(targets: Iterable<Target>): ReadyEntry[] {
  const byExecution = Map.groupBy(targets, ({ executionId }) => executionId);
  return [...byExecution].flatMap(([executionId, changed]) =>
    pagesOf(changed).map((page): ReadyEntry => {
      const data = { executionId, items: page.map(itemOf) };
      return { type: 'targets', subject: executionId, data };
    }),
  );
}

function pagesOf(targets: readonly Target[]): Target[][] {
  const pages = Math.ceil(targets.length / MAX_FEED_TARGETS);
  return Array.from({ length: pages }, (_, at) =>
    targets.slice(at * MAX_FEED_TARGETS, (at + 1) * MAX_FEED_TARGETS),
  );
}

/** As the record tells it (see `targetRow`), but for the output and who owns it. */
function itemOf({ name: target, attempt, started, outcome, change }: Target): TargetItem {
  if (change === null) return { target, state: 'retrying', attempt };
  const { output: _, ...details } = change;
  return { ...details, attempt, state: outcome ?? (started === null ? 'retrying' : change.state) };
}

/** The range, not its targets: ending a quarter of a million of them is one entry. */
function endedEntry({ executionId, first, last, ending }: EndedTargets): ReadyEntry {
  const { outcome, code, finishRunning } = ending;
  const data = { executionId, first, last, outcome, code, startedAreLost: finishRunning };
  return { type: 'targets-ended', subject: executionId, data };
}

function ms(time: string): string {
  return `floor(extract(epoch from ${time}) * 1000)::bigint`;
}

const SERVICE = `
  select 1, s.service, 'service', (jsonb_build_object(
    'instanceId', s.instance_id, 'processId', s.process_id, 'service', s.service, 'version', s.version, 'plugins', s.plugins,
    'state', case when s.gone_at is null then 'alive' when s.gone_as = 'lost' then 'lost' else 'stopped' end
  ) || jsonb_strip_nulls(jsonb_build_object('reason', s.gone_reason)))::json
  from services s
  where s.instance_id = any($1::text[])
     or (cardinality($2::text[]) > 0 and s.gone_as = 'replaced' and exists (
           select from services n where n.instance_id = any($2::text[]) and n.process_id = s.process_id and n.started_at = s.gone_at))`;

// What an indexer says is blocked is so no longer than its process lives (see IndexReader).
const INDEX = `
  select 2, i.name, 'index', json_strip_nulls(json_build_object(
    'index', i.name,
    'state', case when min(i.blocked_since) filter (where not over) is null then 'open' else 'blocked' end,
    'reason', (array_agg(i.blocked_reason order by i.blocked_since, i.instance_id) filter (where not over))[1],
    'since', ${ms('min(i.blocked_since) filter (where not over)')},
    'instanceId', (array_agg(i.instance_id order by i.blocked_since, i.instance_id) filter (where not over))[1],
    'written', coalesce(sum(i.written), 0)::bigint, 'duplicates', coalesce(sum(i.duplicates), 0)::bigint,
    'rejected', coalesce(sum(i.rejected), 0)::bigint, 'parked', coalesce(sum(i.parked), 0)::bigint))
  from indexes i
  cross join lateral (
    select i.blocked_since is null or coalesce((
      select bool_and(s.gone_at is not null) from services s
      where i.blocked_since is not null and s.process_id = split_part(i.instance_id, '.', 1)::uuid
    ), false) as over
  ) as block
  where i.name = any($4::text[])
     or i.name in (select b.name from indexes b where cardinality($3::text[]) > 0 and b.blocked_since is not null
                     and split_part(b.instance_id, '.', 1) = any($3::text[]))
  group by i.name`;

function counter(name: string): string {
  return `'${name}', (s.counters->>'${name}')::bigint + (s.counters_before->>'${name}')::bigint`;
}

const STREAM = `
  select 3, s.id, 'stream', (jsonb_build_object('settings', s.settings) || jsonb_strip_nulls(jsonb_build_object(
    'streamId', s.id, 'wanted', s.wanted, 'state', s.state, 'owner', l.owner_instance, 'position', s.position,
    'counters', jsonb_build_object(${['documents', 'bytes', 'reconnects', 'rejected'].map(counter).join(', ')}),
    'code', s.code, 'reason', s.reason)))::json
  from streams s join leases l on l.key = 'stream/' || s.id
  where s.id = any($5::text[])`;

const READY = `
  select 4, subject, type, data from json_to_recordset($7::json) as r(subject text, type text, data json)`;

const EXECUTION = `
  select 5, e.id::text, 'execution', json_strip_nulls(json_build_object(
    'executionId', e.id, 'plugin', e.plugin, 'requestedBy', e.requested_by, 'state', e.state, 'outcome', e.outcome,
    'code', e.code, 'reason', e.reason,
    'counts', json_build_object(
      'total', e.total,
      'waiting', case when e.outcome = 'rejected' then 0 else e.total - running.targets
        - e.succeeded - e.failed - e.timed_out - e.cancelled - e.lost - e.skipped end,
      'running', running.targets, 'succeeded', e.succeeded, 'failed', e.failed, 'timedOut', e.timed_out,
      'cancelled', e.cancelled, 'lost', e.lost, 'skipped', e.skipped),
    'batch', e.batch, 'recordedAt', ${ms('e.recorded_at')}, 'startedAt', ${ms('e.started_at')},
    'finishedAt', ${ms('e.finished_at')}))
  from executions e
  cross join lateral (
    select coalesce(sum(l.attempted), 0) as targets from leases l where l.execution_id = e.id and not l.closed
  ) as running
  where e.id = any($6::uuid[])`;

/** What ended comes before what ended by it: services, indices, streams, targets, executions. */
const INSERT_FEED = {
  name: 'insert-feed',
  text: `with entries (rank, subject, type, data) as (${[SERVICE, INDEX, STREAM, READY, EXECUTION].join(' union all ')}),
         position as (
           insert into feed_position as p (generation, last)
           select ${NEW_GENERATION}, count(*) from entries having count(*) > 0
           on conflict (only_row) do update set last = p.last + excluded.last
           returning last
         )
         insert into feed (id, type, subject, data)
         select last - count(*) over () + row_number() over (order by rank, subject), type, subject, data
         from entries cross join position`,
};
