import { bodyHash, type AddTargets } from '#contracts';
import { accept, refuse, repeat } from '../commands/answer.js';
import { commandRefusal } from '../commands/command-refusal.js';
import type { Transition } from '../transition.js';

/** S2: keeps a page of targets until the `task.run` that names it, for a day. A page of an execution that is recorded is a repeat. */
export const addTargets: Transition<AddTargets> = {
  needs({ executionId, page }, needs) {
    needs.execution(executionId);
    needs.page(executionId, page);
  },

  apply(set, message, context) {
    const { executionId, page, targets } = message.body;
    const forbidden = commandRefusal(message, context);
    if (forbidden) return refuse(set, message, executionId, forbidden);
    if (set.executions.has(executionId)) return repeat(set, message, executionId, null);
    const hash = bodyHash(message.body);
    const known = set.pageHash(executionId, page);
    if (known === hash) return repeat(set, message, executionId, null);
    if (known !== undefined) {
      return refuse(set, message, executionId, {
        code: 'id-reused',
        reason: `page ${page} of execution ${executionId} arrived before with other targets; it is unchanged`,
      });
    }
    set.addPage(executionId, page, hash);
    set.changes.newPages.push({ executionId, page, targets, bodyHash: hash });
    accept(set, message, executionId);
  },
};
