import { ExecutionFinished } from '#contracts';
import type { Logger } from '#runtime';
import type { WorkingSet } from '../record/working-set.js';

/** Logs what a committed batch means to people: who asked for what, and what ended. */
export function logCommitted(log: Logger, { changes, effects }: WorkingSet): void {
  for (const { type, subject, requestedBy, messageId, result, code } of changes.commands) {
    const facts = { type, id: subject, requestedBy, messageId, result };
    log.info(code === null ? facts : { ...facts, code }, 'command recorded');
  }
  for (const { contract, body } of effects.announcements) {
    if (contract !== ExecutionFinished) continue;
    const { executionId, outcome, counts } = body as ExecutionFinished;
    log.info({ executionId, outcome, counts }, 'execution finished');
  }
}
