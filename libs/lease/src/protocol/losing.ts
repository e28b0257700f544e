import type { Action } from './actions.js';
import { leaseOf, type HeldLease, type LeaseRef, type WorkerState } from './worker-state.js';

/** It is somebody else's, or may soon be: its run ends and says nothing more. One that has not begun is forgotten. */
export function lose(worker: WorkerState, lease: HeldLease, reason: string): Action[] {
  const { key, epoch, ticket } = lease;
  if (lease.standing === 'lost') return [];
  lease.standing = 'lost';
  lease.unconfirmed.length = 0;
  const lost: Action = { do: 'lose', key, epoch, reason, hasBegun: ticket === null };
  if (ticket === null) return [lost];
  worker.leases.delete(key);
  // Whoever owns the work now has an offer of its own, or nobody does: this one is of no use any more.
  return [lost, { do: 'decline', ticket, answer: 'held' }];
}

/** The leases that this instance was the last to hold beyond doubt: they are in doubt since it was lost. */
export function inDoubtSince({ leases }: WorkerState, instanceId: string): readonly LeaseRef[] {
  return [...leases.values()].filter(
    ({ standing, owners }) => standing === 'suspended' && owners[0] === instanceId,
  );
}

/** A lease was in doubt for as long as its work may go on without the record (W7). */
export function graceOver(worker: WorkerState, ref: LeaseRef): Action[] {
  const lease = leaseOf(worker, ref);
  if (lease?.standing !== 'suspended') return [];
  return lose(worker, lease, 'the record could not be reached in time');
}

/** The process stops: nothing that it holds is its own any more. */
export function loseAll(worker: WorkerState, reason: string): Action[] {
  return [...worker.leases.values()].flatMap((lease) => lose(worker, lease, reason));
}
