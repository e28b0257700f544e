import type { Target } from '../../record/executions/chunk.js';
import type { WorkingSet } from '../../record/working-set.js';
import { insertRows, timestamp, updateRows } from './row-statement.js';

const TARGET_COLUMNS =
  't.execution_id, t.ordinal, t.name, t.attempt, t.started, t.outcome, t.epoch, t.seq';

export const SELECT_TARGETS = {
  name: 'targets',
  text: `select ${TARGET_COLUMNS}
         from unnest($1::uuid[], $2::text[]) as named (execution_id, name)
         join targets t using (execution_id, name)`,
};

/** All targets of the chunks that may be granted: also of those that are owned, since their owners may go in the same batch. */
export const SELECT_GRANTED_TARGETS = {
  name: 'granted-targets',
  text: `select ${TARGET_COLUMNS}
         from leases l
         join targets t on t.execution_id = l.execution_id and t.ordinal between l.first and l.first + l.size - 1
         where l.key = any($1::text[]) and not l.closed`,
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

export const INSERT_TARGETS = insertRows('targets', {
  execution_id: 'uuid',
  ordinal: 'integer',
  name: 'text',
});

export function newTargetRow({ executionId, ordinal, name }: Target) {
  return { execution_id: executionId, ordinal, name };
}

export const UPDATE_TARGETS = updateRows(
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
export function targetRow({ executionId, ordinal, ...one }: Target) {
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
export const UPDATE_INTERRUPTED_TARGETS = {
  name: 'interrupted-targets',
  text: `update targets t set started = null, state = 'retrying'
         from json_to_recordset($1::json) as r(execution_id uuid, ordinal integer)
         where t.execution_id = r.execution_id and t.ordinal = r.ordinal`,
};

export function interruptedTargetRow({ executionId, ordinal }: Target) {
  return { execution_id: executionId, ordinal };
}
