import type { ExecutionChanged } from '#contracts';
import type { WorkingSet } from '../working-set.js';
import { countsOf, stateOf } from './execution.js';

/** How far the executions are that a batch moved on, for watchers. */
export function progressOf(set: WorkingSet): ExecutionChanged[] {
  return [...set.effects.progressed].map((execution) => {
    const open = set.openChunksOf(execution.id);
    const attempted = open.reduce((sum, chunk) => sum + chunk.attempted, 0);
    return {
      executionId: execution.id,
      state: stateOf(execution),
      counts: countsOf(execution, attempted),
      batch: execution.batch,
    };
  });
}
