import { Deferred } from './deferred.js';
import type { SupervisedTask } from './supervised-task.js';

/** Tasks within tasks; an abort goes through all of them at once. */
const MAX_DEPTH = 100;

/**
 * Throws when nothing can be started in `parent` any more: the abort's reason once it was aborted,
 * else an error that says why.
 */
export function checkOpen(parent: SupervisedTask): void {
  const aborted = parent.causeForChildren;
  if (aborted !== undefined) throw aborted.reason;
  const { name, state, scope } = parent;
  if (state === 'stuck' || state === 'settled') {
    throw new Error(`"${name}" has ended: nothing can be started in it any more`);
  }
  if (scope.length >= MAX_DEPTH) {
    throw new Error(`"${name}" is nested ${MAX_DEPTH} deep: nothing can be started in it`);
  }
}

/**
 * Rejects what was promised to a body of `parent`. The reason of that task's own abort is known
 * there: such a rejection is never an unhandled one, whether or not anybody looks at it.
 */
export function rejectIn(
  parent: SupervisedTask | undefined,
  promised: Pick<Deferred, 'reject' | 'rejectHandled'>,
  error: unknown,
): void {
  if (error === parent?.causeForChildren?.reason) promised.rejectHandled(error);
  else promised.reject(error);
}
