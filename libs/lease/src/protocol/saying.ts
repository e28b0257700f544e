import type { Action } from './actions.js';
import { leaseOf, type LeaseRef, type WorkerState } from './worker-state.js';

/** Something is to be said about the work, under a number of its own: at once, or in order once the lease is in doubt no more (W5, W7). */
export function say(worker: WorkerState, ref: LeaseRef, said: number): Action[] {
  const lease = leaseOf(worker, ref);
  if (lease === undefined || lease.standing === 'lost') return [];
  lease.unconfirmed.push(said);
  const { key, epoch } = lease;
  return lease.standing === 'held' ? [{ do: 'publish', key, epoch, said }] : [];
}

/** The broker has it, or nobody wants it said any more. */
export function confirmed(worker: WorkerState, ref: LeaseRef, said: number): void {
  const lease = leaseOf(worker, ref);
  const at = lease?.unconfirmed.indexOf(said) ?? -1;
  if (at >= 0) lease?.unconfirmed.splice(at, 1);
}
