import { ExecutionChanged } from '#contracts';
import type { Announcement } from '../effects.js';
import type { WorkingSet } from '../working-set.js';
import { countsOf, stateOf } from './execution.js';

/** How far the executions are that a batch moved on, for watchers: by execution. */
export function progressOf(set: WorkingSet): ReadonlyMap<string, Announcement> {
  const all = [...set.effects.progressed].map((execution): [string, Announcement] => {
    const { id: executionId, traceparent, batch } = execution;
    const open = set.openChunksOf(executionId);
    const attempted = open.reduce((sum, chunk) => sum + chunk.attempted, 0);
    const counts = countsOf(execution, attempted);
    const body = { executionId, state: stateOf(execution), counts, batch };
    return [executionId, { traceparent, contract: ExecutionChanged, body }];
  });
  return new Map(all);
}
