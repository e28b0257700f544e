import type { NewExecution } from '../record/changes.js';
import type { NewPage } from '../record/executions/target-pages.js';
import type { Chunk, Target } from '../record/executions/chunk.js';
import { deadlineOf, stateOf, type Execution } from '../record/executions/execution.js';
import type { Stream } from '../record/streams/stream.js';
import { insertComputed, insertRows, timestamp, updateRows } from './rows.js';

const EXECUTION_COLUMNS = {
  state: 'text',
  outcome: 'text',
  paused: 'boolean',
  batch: 'integer',
  begun_chunks: 'integer',
  begun_targets: 'integer',
  mark: 'jsonb',
  rest_mark: 'jsonb',
  code: 'text',
  reason: 'text',
  succeeded: 'integer',
  failed: 'integer',
  timed_out: 'integer',
  cancelled: 'integer',
  lost: 'integer',
  skipped: 'integer',
  started_at: 'timestamptz',
  finished_at: 'timestamptz',
  deadline_at: 'timestamptz',
};

export const EXECUTIONS = updateRows('executions', { id: 'uuid' }, EXECUTION_COLUMNS);

export const NEW_EXECUTIONS = insertRows('executions', {
  id: 'uuid',
  body_hash: 'text',
  plugin: 'text',
  args: 'jsonb',
  policy: 'jsonb',
  output: 'jsonb',
  requested_by: 'text',
  total: 'integer',
  recorded_at: 'timestamptz',
  ...EXECUTION_COLUMNS,
});

export function execution(one: Execution) {
  const { id, outcome, paused, batch, mark, code, reason, counts } = one;
  const { succeeded, failed, cancelled, lost, skipped } = counts;
  return {
    id,
    state: stateOf(one),
    outcome,
    paused,
    batch,
    begun_chunks: one.begunChunks,
    begun_targets: one.begunTargets,
    mark,
    rest_mark: one.restMark,
    code,
    reason,
    succeeded,
    failed,
    timed_out: counts['timed-out'],
    cancelled,
    lost,
    skipped,
    started_at: timestamp(one.startedAtMs),
    finished_at: timestamp(one.finishedAtMs),
    deadline_at: timestamp(deadlineOf(one)),
  };
}

export function newExecution({ execution: one, work }: NewExecution) {
  return {
    ...execution(one),
    ...work,
    body_hash: one.bodyHash,
    policy: one.policy,
    requested_by: one.requestedBy,
    total: one.total,
    recorded_at: timestamp(one.recordedAtMs),
  };
}

const LEASE_COLUMNS = {
  epoch: 'integer',
  owner_instance: 'text',
  owner_request: 'text',
  owner_since: 'timestamptz',
  mark: 'jsonb',
  revoked: 'boolean',
  closed: 'boolean',
  ending: 'jsonb',
  closed_at: 'timestamptz',
  takeovers: 'integer',
  open: 'integer',
  attempted: 'integer',
  concurrency: 'integer',
};

/** The dispatcher compares `due_at` with the database's clock, so that clock sets it. */
export const NEW_LEASES = insertComputed(
  'leases',
  {
    key: 'text',
    execution_id: 'uuid',
    n: 'integer',
    batch: 'integer',
    first: 'integer',
    size: 'integer',
    stream_id: 'text',
    ...LEASE_COLUMNS,
  },
  { due_at: 'case when r.due then now() end' },
  { due: 'boolean' },
);

/** `due` says whether to make it due or not; without it the dispatcher's word stands. */
export const LEASES = updateRows(
  'leases',
  { key: 'text' },
  { ...LEASE_COLUMNS, due: 'boolean' },
  { due: 'due_at = case when r.due then now() when not r.due then null else t.due_at end' },
);

export function lease(one: Chunk | Stream, withDue: boolean) {
  const { key, epoch, owner, mark, revoked, closed, ending, closedAtMs, takeovers, due } = one;
  return {
    key,
    epoch,
    owner_instance: owner?.instanceId ?? null,
    owner_request: owner?.requestId ?? null,
    owner_since: timestamp(owner?.sinceMs),
    mark,
    revoked,
    closed,
    ending,
    closed_at: timestamp(closedAtMs),
    takeovers,
    ...(one.kind === 'chunk' && {
      open: one.open,
      attempted: one.attempted,
      concurrency: one.concurrency,
    }),
    ...(withDue && { due }),
  };
}

export function newLease(one: Chunk | Stream) {
  return {
    ...lease(one, true),
    ...(one.kind === 'chunk'
      ? {
          execution_id: one.executionId,
          n: one.n,
          batch: one.batch,
          first: one.first,
          size: one.size,
        }
      : { stream_id: one.streamId }),
  };
}

export const NEW_TARGETS = insertRows('targets', {
  execution_id: 'uuid',
  ordinal: 'integer',
  name: 'text',
});

export function newTarget({ executionId, ordinal, name }: Target) {
  return { execution_id: executionId, ordinal, name };
}

export const NEW_PAGES = insertRows('target_pages', {
  execution_id: 'uuid',
  page: 'integer',
  targets: 'text[]',
  body_hash: 'text',
  at: 'timestamptz',
});

export function newPage({ executionId, page, targets, bodyHash }: NewPage, nowMs: number) {
  return {
    execution_id: executionId,
    page,
    targets,
    body_hash: bodyHash,
    at: timestamp(nowMs),
  };
}

/** The targets of an execution are those on its pages, which are used up. */
export const TARGETS_FROM_PAGES = {
  name: 'targets-from-pages',
  text: `insert into targets (execution_id, ordinal, name)
         select $1, row_number() over (order by p.page, t.at), t.name
         from target_pages p cross join lateral unnest(p.targets) with ordinality as t (name, at)
         where p.execution_id = $1`,
};

export const USED_PAGES = {
  name: 'used-pages',
  text: 'delete from target_pages where execution_id = $1',
};

export const TARGETS = updateRows(
  'targets',
  { execution_id: 'uuid', ordinal: 'integer' },
  {
    attempt: 'integer',
    started: 'integer',
    outcome: 'text',
    epoch: 'integer',
    seq: 'bigint',
    state: 'text',
    started_at: 'timestamptz',
    ended_at: 'timestamptz',
    code: 'text',
    message: 'text',
    exit_code: 'bigint',
    http_status: 'integer',
    termination: 'text',
    output_tail: 'text',
    output_bytes: 'bigint',
    output_truncated: 'boolean',
  },
);

/** A target of which something was reported. */
export function target({ executionId, ordinal, ...one }: Target) {
  const { attempt, started, outcome, epoch, seq, change } = one;
  return {
    execution_id: executionId,
    ordinal,
    attempt,
    started,
    outcome,
    epoch,
    seq,
    state: outcome ?? (started === null ? 'retrying' : change?.state),
    started_at: timestamp(change?.startedAt),
    ended_at: timestamp(change?.endedAt),
    code: change?.code,
    message: change?.message,
    exit_code: change?.exitCode,
    http_status: change?.httpStatus,
    termination: change?.termination,
    output_tail: change?.output?.tail,
    output_bytes: change?.output?.bytes,
    output_truncated: change?.output?.truncated,
  };
}

/** Targets that their owner gave back unfinished: they wait for another attempt. */
export const INTERRUPTED_TARGETS = {
  name: 'interrupted-targets',
  text: `update targets t set started = null, state = 'retrying'
         from json_to_recordset($1::json) as r(execution_id uuid, ordinal integer)
         where t.execution_id = r.execution_id and t.ordinal = r.ordinal`,
};

export function interruptedTarget({ executionId, ordinal }: Target) {
  return { execution_id: executionId, ordinal };
}
