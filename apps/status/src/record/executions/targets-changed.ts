import {
  TARGET_OUTCOMES,
  countOf,
  parseLeaseKey,
  type TargetChange,
  type TargetOutcome,
  type TargetsChanged,
} from '#contracts';
import { EXECUTION_TIMED_OUT, TOO_MANY_FAILURES, mergeMarks } from '../leases/mark.js';
import { STATUS } from '../message.js';
import type { Transition } from '../transition.js';
import type { WorkingSet } from '../working-set.js';
import { advance, closeChunk, endEarly } from './advance.js';
import type { Chunk } from './chunk.js';
import { failuresOf, type Execution } from './execution.js';

/** S5: new states of targets. What a former owner says changes nothing. The last outcome closes the chunk. */
export const targetsChanged: Transition<TargetsChanged> = {
  needs({ key, changes }, needs) {
    needs.lease(key);
    const lease = parseLeaseKey(key);
    if (lease?.kind !== 'chunk') return;
    for (const { target } of changes) needs.target(lease.executionId, target);
  },

  apply(set, { type, body, appId }, { nowMs }) {
    // What status told watchers about targets that it ended itself.
    if (appId === STATUS) return;
    const { key: aggregate, epoch, seq, changes } = body;
    const chunk = set.chunk(aggregate);
    const execution = chunk && set.executions.get(chunk.executionId);
    const superseded = !chunk || !execution || chunk.closed || chunk.epoch !== epoch;
    set.changes.events.push({ aggregate, epoch, seq, type, body, superseded });
    if (superseded) {
      set.effects.superseded += 1;
      return;
    }
    for (const change of changes) applyChange(set, execution, chunk, change, body);
    settle(set, execution, chunk, changes, nowMs);
  },
};

/**
 * One target's new state, where its word is newer than what is known of it, and it has no outcome. In whatever order the words of an epoch come,
 * the target ends the same.
 */
export function applyChange(
  set: WorkingSet,
  execution: Execution,
  chunk: Chunk,
  change: TargetChange,
  { epoch, seq }: TargetsChanged,
): void {
  const target = set.target(execution.id, change.target);
  const isOfChunk =
    target && target.ordinal >= chunk.first && target.ordinal < chunk.first + chunk.size;
  if (!isOfChunk || target.outcome !== null) return;
  if (epoch < target.epoch || (epoch === target.epoch && seq < target.seq)) return;
  const hadAttempt = target.attempt > 0;
  target.epoch = epoch;
  target.seq = seq;
  target.change = change;
  target.attempt = Math.max(target.attempt, change.attempt);
  set.changes.targets.add(target);
  set.changes.leases.add(chunk);
  set.effects.progressed.add(execution);
  if (isOutcome(change.state)) {
    target.outcome = change.state;
    execution.counts[change.state] += 1;
    set.changes.executions.add(execution);
    chunk.open -= 1;
    chunk.takeovers = 0;
    if (hadAttempt) chunk.attempted -= 1;
  } else {
    target.started = epoch;
    if (!hadAttempt && target.attempt > 0) chunk.attempted += 1;
  }
}

function settle(
  set: WorkingSet,
  execution: Execution,
  chunk: Chunk,
  changes: readonly TargetChange[],
  nowMs: number,
): void {
  if (chunk.open === 0) closeChunk(set, execution, chunk, null, nowMs);
  // The owner's clock is finer than the tick, so it may well be the first to say so.
  const isTimeUp = changes.some(({ code }) => code === EXECUTION_TIMED_OUT.code);
  if (isTimeUp && mergeMarks(execution.mark, EXECUTION_TIMED_OUT) !== execution.mark) {
    return endEarly(set, execution, EXECUTION_TIMED_OUT, nowMs);
  }
  if (execution.mark === null && hasFailedTooOften(execution)) {
    return endEarly(set, execution, TOO_MANY_FAILURES, nowMs);
  }
  // Also while targets are left: what the chunk no longer uses may begin another.
  advance(set, execution, nowMs);
}

function hasFailedTooOften(execution: Execution): boolean {
  const { maxFailures } = execution.policy;
  return maxFailures !== undefined && failuresOf(execution) > countOf(maxFailures, execution.total);
}

const OUTCOMES: ReadonlySet<string> = new Set(TARGET_OUTCOMES);

function isOutcome(state: TargetChange['state']): state is TargetOutcome {
  return OUTCOMES.has(state);
}
