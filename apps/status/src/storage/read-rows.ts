import type { RecordedCommand } from '../record/commands/recorded-command.js';
import type { Chunk, Target } from '../record/executions/chunk.js';
import type { Execution, Work } from '../record/executions/execution.js';
import type { PageSet } from '../record/executions/target-pages.js';
import type { RememberedCancel } from '../record/executions/remembered-cancel.js';
import type { Lease } from '../record/leases/lease.js';
import type { Stream } from '../record/streams/stream.js';
import type { LiveRunner, WorkingSet } from '../record/working-set.js';

export const RUNNERS = {
  name: 'runners',
  text: `select instance_id, jsonb_path_query_array(plugins, '$[*].name') as plugins
         from services where service = 'task-runner' and gone_at is null`,
};

export function takeRunner(
  set: WorkingSet,
  row: { instance_id: string; plugins: LiveRunner['plugins'] },
): void {
  set.runners.set(row.instance_id, { instanceId: row.instance_id, plugins: row.plugins });
}

export const EXECUTIONS = {
  name: 'executions',
  text: `select id, body_hash, policy, requested_by, total, outcome, paused, batch, begun_chunks, begun_targets,
                mark, rest_mark, code, reason, succeeded, failed, timed_out, cancelled, lost, skipped,
                recorded_at, started_at, finished_at
         from executions where id = any($1::uuid[])`,
};

type ExecutionRow = Pick<
  Execution,
  'id' | 'policy' | 'total' | 'outcome' | 'paused' | 'batch' | 'mark' | 'code' | 'reason'
> &
  Record<
    | 'begun_chunks'
    | 'begun_targets'
    | 'succeeded'
    | 'failed'
    | 'timed_out'
    | 'cancelled'
    | 'lost'
    | 'skipped'
    | 'recorded_at',
    number
  > & {
    body_hash: string;
    requested_by: string;
    rest_mark: Execution['restMark'];
    started_at: number | null;
    finished_at: number | null;
  };

export function takeExecution(set: WorkingSet, row: ExecutionRow): void {
  const { id, policy, total, outcome, paused, batch, mark, code, reason } = row;
  const { succeeded, failed, cancelled, lost, skipped } = row;
  set.executions.set(id, {
    id,
    bodyHash: row.body_hash,
    policy,
    requestedBy: row.requested_by,
    total,
    recordedAtMs: row.recorded_at,
    outcome,
    paused,
    batch,
    begunChunks: row.begun_chunks,
    begunTargets: row.begun_targets,
    mark,
    restMark: row.rest_mark,
    code,
    reason,
    counts: { succeeded, failed, 'timed-out': row.timed_out, cancelled, lost, skipped },
    startedAtMs: row.started_at,
    finishedAtMs: row.finished_at,
  });
}

const LEASE_COLUMNS = `l.key, l.epoch, l.owner_instance, l.owner_request, l.owner_since, l.due_at is not null as due,
  l.mark, l.revoked, l.closed, l.ending, l.closed_at, l.takeovers`;

type LeaseRow = Pick<
  Lease,
  'key' | 'epoch' | 'due' | 'mark' | 'revoked' | 'closed' | 'ending' | 'takeovers'
> & {
  owner_instance: string | null;
  owner_request: string | null;
  owner_since: number | null;
  closed_at: number | null;
};

function leaseOf(row: LeaseRow): Lease {
  const { key, epoch, due, mark, revoked, closed, ending, takeovers } = row;
  const { owner_instance: instanceId, owner_request: requestId, owner_since: sinceMs } = row;
  const owner =
    instanceId === null || requestId === null || sinceMs === null
      ? null
      : { instanceId, requestId, sinceMs };
  const closedAtMs = row.closed_at;
  return { key, epoch, owner, due, mark, revoked, closed, ending, closedAtMs, takeovers };
}

export const CHUNKS = {
  name: 'chunks',
  text: `select ${LEASE_COLUMNS}, l.execution_id, l.n, l.batch, l.first, l.size, l.open, l.attempted, l.concurrency
         from leases l
         where l.execution_id is not null
           and ((l.execution_id = any($1::uuid[]) and not l.closed) or l.key = any($2::text[]))
         order by l.execution_id, l.n`,
};

type ChunkRow = LeaseRow &
  Pick<Chunk, 'n' | 'batch' | 'first' | 'size' | 'open' | 'attempted' | 'concurrency'> & {
    execution_id: string;
  };

export function takeChunk(set: WorkingSet, row: ChunkRow): void {
  const { execution_id: executionId, n, batch, first, size, open, attempted, concurrency } = row;
  set.addLease({
    kind: 'chunk',
    ...leaseOf(row),
    executionId,
    n,
    batch,
    first,
    size,
    open,
    attempted,
    concurrency,
  });
}

export const STREAMS = {
  name: 'streams',
  text: `select ${LEASE_COLUMNS}, s.id, s.start_number, s.settings, s.requested_by, s.wanted, s.index_from, s.index_to,
                s.state, s.code, s.reason, s.position, s.counters, s.counters_before, s.event_epoch, s.event_seq,
                s.changed_at
         from leases l join streams s on s.id = l.stream_id
         where l.key = any($1::text[])`,
};

type StreamRow = LeaseRow &
  Pick<Stream, 'settings' | 'wanted' | 'state' | 'code' | 'reason' | 'position' | 'counters'> & {
    id: string;
    requested_by: string;
    counters_before: Stream['counters'];
  } & Record<
    'start_number' | 'index_from' | 'index_to' | 'event_epoch' | 'event_seq' | 'changed_at',
    number
  >;

export function takeStream(set: WorkingSet, row: StreamRow): void {
  const { id: streamId, settings, wanted, state, code, reason, position, counters } = row;
  set.addLease({
    kind: 'stream',
    ...leaseOf(row),
    streamId,
    startNumber: row.start_number,
    settings,
    requestedBy: row.requested_by,
    wanted,
    bounds: { from: row.index_from, to: row.index_to },
    state,
    code,
    reason,
    position,
    counters,
    countersBefore: row.counters_before,
    eventEpoch: row.event_epoch,
    eventSeq: row.event_seq,
    changedAtMs: row.changed_at,
  });
}

const TARGET_COLUMNS =
  't.execution_id, t.ordinal, t.name, t.attempt, t.started, t.outcome, t.epoch, t.seq';

export const TARGETS = {
  name: 'targets',
  text: `select ${TARGET_COLUMNS}
         from unnest($1::uuid[], $2::text[]) as named (execution_id, name)
         join targets t using (execution_id, name)`,
};

/** All targets of the chunks that these requests may be granted. */
export const GRANTED_TARGETS = {
  name: 'granted-targets',
  text: `select ${TARGET_COLUMNS}
         from leases l
         join targets t on t.execution_id = l.execution_id and t.ordinal between l.first and l.first + l.size - 1
         where l.key = any($1::text[]) and not l.closed
           and (l.owner_request is null or l.owner_request = any($2::text[]))`,
};

type TargetRow = Pick<
  Target,
  'ordinal' | 'name' | 'attempt' | 'started' | 'outcome' | 'epoch' | 'seq'
> & { execution_id: string };

export function takeTarget(set: WorkingSet, row: TargetRow): void {
  const { execution_id: executionId, ordinal, name, attempt, started, outcome, epoch, seq } = row;
  set.addTarget({
    executionId,
    ordinal,
    name,
    attempt,
    started,
    outcome,
    epoch,
    seq,
    change: null,
  });
}

/** What runs on the targets of the chunks that may be granted. */
export const WORK = {
  name: 'work',
  text: `select e.id, e.plugin, e.args, e.output
         from executions e
         where e.id in (select l.execution_id from leases l where l.key = any($1::text[]))`,
};

export function takeWork(set: WorkingSet, { id, ...work }: Work & { id: string }): void {
  set.work.set(id, work);
}

/** Hashes of pages that have arrived. */
export const PAGES = {
  name: 'pages',
  text: `select p.execution_id, p.page, p.body_hash
         from unnest($1::uuid[], $2::integer[]) as asked (execution_id, page)
         join target_pages p using (execution_id, page)`,
};

export function takePage(
  set: WorkingSet,
  row: { execution_id: string; page: number; body_hash: string },
): void {
  set.addPage(row.execution_id, row.page, row.body_hash);
}

/** What has arrived of the targets of executions, summed up. */
export const PAGE_SETS = {
  name: 'page-sets',
  text: `select p.execution_id, count(distinct p.page) as pages, max(p.page) as last_page,
                count(*) as count, count(distinct t.name) as distinct_names,
                encode(sha256(convert_to(string_agg(t.name, E'\\n' order by p.page, t.at), 'UTF8')), 'hex') as sha256
         from target_pages p cross join lateral unnest(p.targets) with ordinality as t (name, at)
         where p.execution_id = any($1::uuid[])
         group by p.execution_id`,
};

type PageSetRow = Pick<PageSet, 'pages' | 'count' | 'sha256'> & {
  execution_id: string;
  last_page: number;
  distinct_names: number;
};

export function takePageSet(set: WorkingSet, row: PageSetRow): void {
  const { execution_id, last_page: lastPage, distinct_names: distinct, ...rest } = row;
  set.pageSets.set(execution_id, { ...rest, lastPage, distinct });
}

/** Message ids of commands are remembered for a day. */
export const COMMANDS = {
  name: 'commands',
  text: `select c.message_id, c.type, c.subject, c.body_hash, c.requested_by, c.result, c.code, c.reason
         from unnest($1::text[], $2::text[]) as asked (subject, message_id)
         join commands c using (subject, message_id)
         where c.at > $3::timestamptz - interval '1 day'
         order by c.number`,
};

type CommandRow = Pick<RecordedCommand, 'type' | 'subject' | 'result' | 'code' | 'reason'> & {
  message_id: string;
  body_hash: string;
  requested_by: string;
};

export function takeCommand(set: WorkingSet, row: CommandRow): void {
  const { message_id: messageId, body_hash: bodyHash, requested_by: requestedBy, ...rest } = row;
  set.addCommand({ messageId, bodyHash, requestedBy, ...rest });
}

/** Cancels are remembered for a day. */
export const CANCELS = {
  name: 'cancels',
  text: `select execution_id, requested_by, reason from cancels
         where execution_id = any($1::uuid[]) and at > $2::timestamptz - interval '1 day'`,
};

type CancelRow = Pick<RememberedCancel, 'reason'> & {
  execution_id: string;
  requested_by: string;
};

export function takeCancel(set: WorkingSet, row: CancelRow): void {
  const { execution_id: executionId, requested_by: requestedBy, reason } = row;
  set.cancels.set(executionId, { executionId, requestedBy, reason });
}
