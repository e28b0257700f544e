import type { StatusTick } from '#contracts';
import { endEarly } from '../executions/advance.js';
import { deadlineOf } from '../executions/execution.js';
import type { Transition } from '../transition.js';
import type { WorkingSet } from '../working-set.js';
import { EXECUTION_TIMED_OUT, NOT_STARTED_IN_TIME } from './mark.js';
import { mayRun } from './vacate-lease.js';

/**
 * Time passes: executions whose deadline is over are marked, and work that was offered ten minutes ago and is still nobody's
 * is due again (its offer may be lost; a copy is harmless).
 */
export const statusTick: Transition<StatusTick> = {
  needs({ at }, needs) {
    needs.tick(at);
  },

  apply(set, { body }) {
    set.clockMs = Math.max(set.clockMs, body.at);
    endOverdueExecutions(set);
    offerAgain(set);
  },
};

function endOverdueExecutions(set: WorkingSet): void {
  for (const execution of set.overdue.executions) {
    const deadline = deadlineOf(execution);
    if (deadline === null || deadline > set.clockMs) continue;
    const mark = execution.startedAtMs === null ? NOT_STARTED_IN_TIME : EXECUTION_TIMED_OUT;
    endEarly(set, execution, mark, set.clockMs);
  }
}

function offerAgain(set: WorkingSet): void {
  for (const lease of set.overdue.offers) {
    if (lease.closed || lease.owner !== null || lease.due || !mayRun(set, lease)) continue;
    lease.due = true;
    set.changes.due.add(lease);
    set.effects.due = true;
  }
}
