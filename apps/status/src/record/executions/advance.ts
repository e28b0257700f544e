import { mergeMarks, type Ending, type Mark } from '../leases/mark.js';
import { close } from '../leases/lease.js';
import type { WorkingSet } from '../working-set.js';
import { beginChunks } from './begin-chunks.js';
import type { Chunk } from './chunk.js';
import { hasBegunAll, type Execution } from './execution.js';
import { finish } from './finish.js';
import { nextChunk } from './plan.js';

/**
 * What follows for an execution when something of it ended: the next chunks begin, the next batch when nothing of the present
 * one is open, or the execution is finished.
 */
export function advance(set: WorkingSet, execution: Execution, nowMs: number): void {
  if (execution.outcome !== null) return;
  if (set.openChunksOf(execution.id).length === 0) {
    if (hasBegunAll(execution)) return finish(set, execution, nowMs);
    beginNextBatch(set, execution);
  }
  beginChunks(set, execution);
}

/**
 * Ends an execution before it is done (S6): the mark stands on every open chunk, and closes those that nobody owns; what has
 * not begun ends at once. An execution that has ended stays as it is.
 */
export function endEarly(set: WorkingSet, execution: Execution, mark: Mark, nowMs: number): void {
  if (execution.outcome !== null) return;
  execution.mark = mergeMarks(execution.mark, mark);
  endWhatHasNotBegun(set, execution, mark);
  for (const chunk of set.openChunksOf(execution.id)) {
    chunk.mark = mergeMarks(chunk.mark, mark);
    set.changes.leases.add(chunk);
    if (chunk.owner === null) endChunk(set, execution, chunk, chunk.mark, nowMs);
  }
  set.changes.executions.add(execution);
  set.effects.progressed.add(execution);
  advance(set, execution, nowMs);
}

/** Closes a chunk whose remaining targets status ends. The caller advances the execution. */
export function endChunk(
  set: WorkingSet,
  execution: Execution,
  chunk: Chunk,
  ending: Ending,
  nowMs: number,
): void {
  // What ran is never `skipped`, whichever epoch it ran in.
  const lost = ending.finishRunning ? chunk.attempted : 0;
  execution.counts.lost += lost;
  execution.counts[ending.outcome] += chunk.open - lost;
  set.effects.endedTargets.push({
    executionId: execution.id,
    traceparent: execution.traceparent,
    key: chunk.key,
    epoch: chunk.epoch,
    first: chunk.first,
    last: chunk.first + chunk.size - 1,
    ending,
  });
  chunk.open = 0;
  chunk.attempted = 0;
  closeChunk(set, execution, chunk, ending, nowMs);
}

/** Closes a chunk of which every target has an outcome. The caller advances the execution. */
export function closeChunk(
  set: WorkingSet,
  execution: Execution,
  chunk: Chunk,
  ending: Ending | null,
  nowMs: number,
): void {
  close(chunk, ending, nowMs);
  set.changes.leases.add(chunk);
  set.changes.due.add(chunk);
  set.changes.executions.add(execution);
  set.effects.progressed.add(execution);
}

function endWhatHasNotBegun(set: WorkingSet, execution: Execution, mark: Mark): void {
  const cut = nextChunk(execution);
  if (execution.restMark !== null || cut === undefined) return;
  execution.restMark = mark;
  execution.counts[mark.outcome] += execution.total - execution.begunTargets;
  set.effects.endedTargets.push({
    executionId: execution.id,
    traceparent: execution.traceparent,
    key: `chunk/${execution.id}/${cut.n}`,
    epoch: 1,
    first: cut.first,
    last: execution.total,
    ending: mark,
  });
}

function beginNextBatch(set: WorkingSet, execution: Execution): void {
  const cut = nextChunk(execution);
  if (cut === undefined || cut.batch <= execution.batch) return;
  if (execution.batch === 1 && execution.policy.batches?.pauseAfterCanary) execution.paused = true;
  execution.batch = cut.batch;
  set.changes.executions.add(execution);
}
