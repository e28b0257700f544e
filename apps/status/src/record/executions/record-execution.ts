import { bodyHash, type RunTask } from '#contracts';
import type { Refusal } from '../commands/answer.js';
import { requestedBy, type RecordMessage } from '../message.js';
import type { WorkingSet } from '../working-set.js';
import type { Execution } from './execution.js';

/** Records the execution that a `task.run` asks for, before anything of it has begun; over already when it is refused. */
export function recordExecution(
  set: WorkingSet,
  message: RecordMessage,
  {
    asked: { executionId: id, plugin, args, output, policy },
    total,
    refusal,
  }: {
    /** What can be read of the command. */
    readonly asked: Omit<RunTask, 'targets'>;
    /** How many targets it has. */
    readonly total: number;
    readonly refusal: Refusal | undefined;
  },
  nowMs: number,
): Execution {
  const execution: Execution = {
    id,
    bodyHash: bodyHash(message.body),
    policy,
    requestedBy: requestedBy(message),
    traceparent: message.traceparent ?? null,
    total,
    recordedAtMs: nowMs,
    outcome: refusal ? 'rejected' : null,
    paused: false,
    batch: 1,
    begunChunks: 0,
    begunTargets: 0,
    mark: null,
    restMark: null,
    code: refusal?.code ?? null,
    reason: refusal?.reason ?? null,
    counts: { succeeded: 0, failed: 0, 'timed-out': 0, cancelled: 0, lost: 0, skipped: 0 },
    startedAtMs: null,
    finishedAtMs: refusal ? nowMs : null,
  };
  const work = { plugin, args, output };
  set.executions.set(id, execution);
  set.work.set(id, work);
  set.changes.newExecutions.push({ execution, work });
  return execution;
}
