import type { CancelTask } from '#contracts';
import { accept, refuse } from '../commands/answer.js';
import { commandRefusal } from '../commands/command-refusal.js';
import { CANCELLED } from '../leases/mark.js';
import { requestedBy } from '../message.js';
import type { Transition } from '../transition.js';
import { endEarly } from './advance.js';

/** S6: marks an execution, and remembers the cancel for a day, since the execution may not be recorded yet. */
export const cancelTask: Transition<CancelTask> = {
  needs({ executionId }, needs) {
    needs.execution(executionId);
  },

  apply(set, message, context) {
    const { executionId, reason = null } = message.body;
    const forbidden = commandRefusal(message, context);
    if (forbidden) return refuse(set, message, executionId, forbidden);
    const cancel = { executionId, requestedBy: requestedBy(message), reason };
    set.changes.cancels.push(cancel);
    set.cancels.set(executionId, cancel);
    accept(set, message, executionId);
    const execution = set.executions.get(executionId);
    if (!execution || execution.outcome !== null) return;
    execution.reason = reason;
    endEarly(set, execution, CANCELLED, context.nowMs);
  },
};
