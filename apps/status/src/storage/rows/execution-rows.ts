import type { NewExecution } from '../../record/changes.js';
import {
  deadlineOf,
  stateOf,
  type Execution,
  type Work,
} from '../../record/executions/execution.js';
import type { WorkingSet } from '../../record/working-set.js';
import { insertRows, timestamp, updateRows } from './row-statement.js';

export const SELECT_EXECUTIONS = {
  name: 'executions',
  text: `select id, body_hash, policy, requested_by, traceparent, total, outcome, paused, batch, begun_chunks, begun_targets,
                mark, rest_mark, code, reason, succeeded, failed, timed_out, cancelled, lost, skipped,
                recorded_at, started_at, finished_at
         from executions where id = any($1::uuid[])`,
};

type ExecutionRow = Pick<
  Execution,
  | 'id'
  | 'policy'
  | 'traceparent'
  | 'total'
  | 'outcome'
  | 'paused'
  | 'batch'
  | 'mark'
  | 'code'
  | 'reason'
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
  const { id, policy, traceparent, total, outcome, paused, batch, mark, code, reason } = row;
  const { succeeded, failed, cancelled, lost, skipped } = row;
  set.executions.set(id, {
    id,
    bodyHash: row.body_hash,
    policy,
    requestedBy: row.requested_by,
    traceparent,
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

/** What runs on the targets of the chunks that may be granted. */
export const SELECT_WORK = {
  name: 'work',
  text: `select e.id, e.plugin, e.args, e.output
         from executions e
         where e.id in (select l.execution_id from leases l where l.key = any($1::text[]))`,
};

export function takeWork(set: WorkingSet, { id, ...work }: Work & { id: string }): void {
  set.work.set(id, work);
}

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

export const UPDATE_EXECUTIONS = updateRows('executions', { id: 'uuid' }, EXECUTION_COLUMNS);

export const INSERT_EXECUTIONS = insertRows('executions', {
  id: 'uuid',
  body_hash: 'text',
  plugin: 'text',
  args: 'jsonb',
  policy: 'jsonb',
  output: 'jsonb',
  requested_by: 'text',
  traceparent: 'text',
  total: 'integer',
  recorded_at: 'timestamptz',
  ...EXECUTION_COLUMNS,
});

export function executionRow(one: Execution) {
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

export function newExecutionRow({ execution: one, work }: NewExecution) {
  return {
    ...executionRow(one),
    ...work,
    body_hash: one.bodyHash,
    policy: one.policy,
    requested_by: one.requestedBy,
    traceparent: one.traceparent,
    total: one.total,
    recorded_at: timestamp(one.recordedAtMs),
  };
}
