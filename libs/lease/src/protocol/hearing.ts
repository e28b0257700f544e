import { parseLeaseKey } from '#contracts';
import { CANCELLED, mergeMarks, type Marks } from '../marks.js';
import type { Action } from './actions.js';
import { awaits } from './asking.js';
import { leaseOf, type HeldLease, type LeaseRef, type WorkerState } from './worker-state.js';

/** What is said of a lease, by whomever it is said: it counts together with what was heard before. */
export function hear(lease: HeldLease, heard: Marks): Action[] {
  const { key, epoch } = lease;
  const marks = mergeMarks(lease.marks, heard);
  if (marks === lease.marks) return [];
  lease.marks = marks;
  return [{ do: 'obey', key, epoch, marks }];
}

/** The same, by key and epoch; of a lease that is not held here it changes nothing. */
export function heard(worker: WorkerState, ref: LeaseRef, marks: Marks): Action[] {
  const lease = leaseOf(worker, ref);
  return lease === undefined || lease.standing === 'lost' ? [] : hear(lease, marks);
}

/**
 * The record pings this instance as the owner of a lease (W6). One that it neither runs nor awaits, it owns up to. One whose run is
 * ending it owns up to when that has ended; the words of an older epoch than the one it runs are ignored.
 */
export function pinged(worker: WorkerState, { key, epoch, ...marks }: LeaseRef & Marks): Action[] {
  const newest = worker.leases.get(key);
  if (newest !== undefined && newest.epoch >= epoch) return heard(worker, { key, epoch }, marks);
  return awaits(worker, key) ? [] : [{ do: 'disown', key, epoch }];
}

/** The cancel broadcast says the same as a ping would, only faster (W6). */
export function cancelHeard(worker: WorkerState, executionId: string): Action[] {
  return [...worker.leases.values()]
    .filter(({ key }) => isChunkOf(key, executionId))
    .flatMap((lease) => heard(worker, lease, { ...lease.marks, cancelled: CANCELLED }));
}

function isChunkOf(key: string, executionId: string): boolean {
  const parsed = parseLeaseKey(key);
  return parsed?.kind === 'chunk' && parsed.executionId === executionId;
}
