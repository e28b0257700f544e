import type { PauseTask, ResumeTask } from '#contracts';
import { accept, refuse, type Refusal } from '../commands/answer.js';
import { commandRefusal } from '../commands/command-refusal.js';
import type { RecordMessage } from '../message.js';
import type { ApplyContext, Transition } from '../transition.js';
import type { WorkingSet } from '../working-set.js';
import { advance } from './advance.js';
import type { Execution } from './execution.js';

/** Begins nothing further of an execution: no chunk is offered, and the owners of the open ones hear of it by ping. */
export const pauseTask: Transition<PauseTask> = {
  needs({ executionId }, needs) {
    needs.execution(executionId);
  },

  apply(set, message, context) {
    const execution = acceptFor(set, message, context);
    if (!execution) return;
    execution.paused = true;
    set.changes.executions.add(execution);
    set.effects.progressed.add(execution);
    for (const chunk of set.openChunksOf(execution.id)) {
      chunk.due = false;
      set.changes.due.add(chunk);
    }
  },
};

/** Goes on with an execution: what waited is due again, offered before or not (S7). */
export const resumeTask: Transition<ResumeTask> = {
  needs({ executionId }, needs) {
    needs.execution(executionId);
  },

  apply(set, message, context) {
    const execution = acceptFor(set, message, context);
    if (!execution) return;
    execution.paused = false;
    set.changes.executions.add(execution);
    set.effects.progressed.add(execution);
    for (const chunk of set.openChunksOf(execution.id)) {
      if (chunk.owner !== null) continue;
      chunk.due = true;
      set.changes.due.add(chunk);
      set.effects.due = true;
    }
    advance(set, execution, context.nowMs);
  },
};

/** Answers the command; returns the execution if there is something to pause or to resume. */
function acceptFor(
  set: WorkingSet,
  message: RecordMessage<PauseTask | ResumeTask>,
  context: ApplyContext,
): Execution | undefined {
  const { executionId } = message.body;
  const execution = set.executions.get(executionId);
  const refusal = commandRefusal(message, context) ?? unknownExecution(executionId, execution);
  if (refusal) {
    refuse(set, message, executionId, refusal);
    return undefined;
  }
  accept(set, message, executionId);
  return execution?.outcome === null ? execution : undefined;
}

function unknownExecution(id: string, execution: Execution | undefined): Refusal | undefined {
  if (execution) return undefined;
  return { code: 'not-found', reason: `no execution ${id} is recorded` };
}
