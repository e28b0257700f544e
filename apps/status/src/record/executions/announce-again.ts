import { parseLeaseKey } from '#contracts';
import type { RecordMessage } from '../message.js';
import type { WorkingSet } from '../working-set.js';
import { announceFinished } from './finish.js';

/**
 * A message that was delivered before may have been applied by a status that died before it told anybody: where its execution
 * has ended, watchers hear of it (again).
 */
export function announceAgain(set: WorkingSet, { body }: RecordMessage): void {
  const id = executionOf(body as { readonly executionId?: string; readonly key?: string });
  const execution = id === undefined ? undefined : set.executions.get(id);
  if (execution?.outcome != null && !set.changes.executions.has(execution)) {
    announceFinished(set, execution);
  }
}

function executionOf(body: { readonly executionId?: string; readonly key?: string }) {
  if (body.executionId !== undefined) return body.executionId;
  const lease = body.key === undefined ? undefined : parseLeaseKey(body.key);
  return lease?.kind === 'chunk' ? lease.executionId : undefined;
}
