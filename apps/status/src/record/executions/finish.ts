import { ExecutionFinished, type ExecutionOutcome } from '#contracts';
import { CANCELLED, mergeMarks } from '../leases/mark.js';
import type { WorkingSet } from '../working-set.js';
import { countsOf, type Execution } from './execution.js';

/** Ends an execution of which no chunk is open and none will begin. */
export function finish(set: WorkingSet, execution: Execution, nowMs: number): void {
  // Whoever owned it heard of a cancel that the record has yet to read.
  if (execution.counts.cancelled > 0) execution.mark = mergeMarks(execution.mark, CANCELLED);
  execution.outcome = outcomeOf(execution);
  execution.code = execution.mark?.code ?? null;
  execution.paused = false;
  execution.finishedAtMs = nowMs;
  set.changes.executions.add(execution);
  announceFinished(set, execution);
}

/** Tells watchers how an execution ended; again, if whoever should have told them may have died before. */
export function announceFinished(set: WorkingSet, execution: Execution): void {
  const { id, outcome, code, startedAtMs, finishedAtMs } = execution;
  if (outcome === null || finishedAtMs === null) return;
  set.effects.announce(execution, ExecutionFinished, {
    executionId: id,
    outcome,
    ...(code !== null && { code }),
    counts: countsOf(execution, 0),
    ...(startedAtMs !== null && { startedAt: startedAtMs }),
    finishedAt: finishedAtMs,
  });
}

function outcomeOf({ mark, counts, total }: Execution): ExecutionOutcome {
  if (mark?.outcome === 'cancelled' || mark?.outcome === 'timed-out') return mark.outcome;
  return counts.succeeded === total ? 'succeeded' : 'failed';
}
