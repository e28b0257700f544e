import { chunkKey } from '#contracts';
import type { WorkingSet } from '../working-set.js';
import type { Chunk, Target } from './chunk.js';
import type { Execution } from './execution.js';
import { nextChunk, type Cut } from './plan.js';

/**
 * Begins the chunks that may run now: those of the newest batch, while the concurrency of the open ones together stays within
 * the execution's. An open chunk counts with its concurrency or the targets it has left, whichever is less, so that a few
 * stragglers do not hold up the rest.
 */
export function beginChunks(set: WorkingSet, execution: Execution): void {
  if (execution.paused || execution.restMark !== null) return;
  for (let cut = nextChunk(execution); cut; cut = nextChunk(execution)) {
    const left = concurrencyLeft(set, execution);
    // A chunk keeps its concurrency for all its life: beginning it with the first free place would have it crawl.
    if (cut.batch > execution.batch || left < Math.max(1, Math.floor(share(set, execution) / 2))) {
      return;
    }
    begin(set, execution, cut, Math.min(share(set, execution), left, cut.size));
  }
}

/** How many targets of a chunk may run at once, decided at its grant: its share, at most what the others leave. */
export function grantedConcurrency(set: WorkingSet, execution: Execution, chunk: Chunk): number {
  const left = concurrencyLeft(set, execution, chunk);
  return Math.max(1, Math.min(share(set, execution), left, chunk.open));
}

/** An execution's concurrency, shared out over the task-runners that are alive. */
function share(set: WorkingSet, { policy }: Execution): number {
  return Math.ceil(policy.concurrency / Math.max(1, set.runners.size));
}

function concurrencyLeft(set: WorkingSet, execution: Execution, except?: Chunk): number {
  return set
    .openChunksOf(execution.id)
    .filter((chunk) => chunk !== except)
    .reduce(
      (left, chunk) => left - Math.min(chunk.concurrency, chunk.open),
      execution.policy.concurrency,
    );
}

function begin(set: WorkingSet, execution: Execution, cut: Cut, concurrency: number): void {
  const chunk: Chunk = {
    kind: 'chunk',
    key: chunkKey(execution.id, cut.n),
    executionId: execution.id,
    ...cut,
    open: cut.size,
    attempted: 0,
    concurrency,
    epoch: 1,
    owner: null,
    due: true,
    mark: null,
    revoked: false,
    closed: false,
    ending: null,
    closedAtMs: null,
    takeovers: 0,
  };
  execution.begunChunks += 1;
  execution.begunTargets += cut.size;
  set.addLease(chunk);
  set.changes.newLeases.add(chunk);
  set.changes.executions.add(execution);
  set.effects.due = true;
}

/** A target as a command names it. */
export function newTarget(executionId: string, name: string, at: number): Target {
  return {
    executionId,
    ordinal: at + 1,
    name,
    attempt: 0,
    started: null,
    outcome: null,
    epoch: 0,
    seq: 0,
    change: null,
  };
}
