import { InvalidMessageError, RunTask, checkMessage } from '#contracts';
import { refuse, type Refusal } from '../commands/answer.js';
import type { RecordMessage } from '../message.js';
import type { ApplyContext } from '../transition.js';
import type { WorkingSet } from '../working-set.js';
import { recordExecution } from './record-execution.js';
import { answerAgain } from './run-again.js';

/** What stands in the record for a plugin whose name cannot be read. */
const NO_PLUGIN = 'unreadable';

/** Records that a `task.run` was refused because it breaks its contract. An execution that has this id already stays as it is. */
export function refuseRun(
  set: WorkingSet,
  message: RecordMessage,
  id: string,
  refusal: Refusal,
  { nowMs }: ApplyContext,
): void {
  const known = set.executions.get(id);
  if (known) return answerAgain(set, message, known);
  recordExecution(set, message, { asked: readableOf(id, message.body), total: 0, refusal }, nowMs);
  refuse(set, message, id, refusal);
}

/** The plugin, if its name can be read; of all else what stands for nothing said. */
function readableOf(executionId: string, { plugin }: { readonly plugin?: unknown }): RunTask {
  // It is not run: its targets are not recorded.
  const rest = { executionId, targets: ['nowhere'] };
  try {
    return checkMessage(RunTask, { ...rest, plugin });
  } catch (error) {
    if (error instanceof InvalidMessageError) {
      return checkMessage(RunTask, { ...rest, plugin: NO_PLUGIN });
    }
    throw error;
  }
}
