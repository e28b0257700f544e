import type { Marks } from '../marks.js';
import type { Action } from './actions.js';
import { lose } from './losing.js';
import {
  isSame,
  leaseOf,
  type Ask,
  type HeldLease,
  type LeaseRef,
  type WorkerState,
} from './worker-state.js';

/** What the record answers to a request for a lease. */
export type Answer =
  | ({ readonly answer: 'granted'; readonly requestId: string; readonly marks: Marks } & LeaseRef)
  | { readonly answer: 'held' | 'closed'; readonly requestId: string };

/** An offer is in hand (W1). It stays so, across lost channels, until its ticket is declined or begins. */
export function offered(
  worker: WorkerState,
  { ticket, key }: Pick<Ask, 'ticket' | 'key'>,
  newRequestId: () => string,
): Action[] {
  const ask = { ticket, key, requestId: null };
  worker.asks.set(ticket, ask);
  return worker.instance?.known === true ? [askAnew(ask, newRequestId)] : [];
}

/** Asks as the present instance. */
export function askAnew(ask: Ask, newRequestId: () => string): Action {
  ask.requestId = newRequestId();
  return { do: 'ask', key: ask.key, requestId: ask.requestId };
}

/** Whether an answer about this key may still come. */
export function awaits({ asks }: WorkerState, key: string): boolean {
  return [...asks.values()].some((ask) => ask.key === key && ask.requestId !== null);
}

/** The record has answered. An answer to no open request is ignored (W2): that one was given up, or answered before. */
export function answered(worker: WorkerState, answer: Answer): Action[] {
  const ask = [...worker.asks.values()].find(({ requestId }) => requestId === answer.requestId);
  if (ask === undefined) return [];
  const { ticket } = ask;
  const { requestId } = answer;
  worker.asks.delete(ticket);
  const settled: Action[] =
    answer.answer === 'granted'
      ? hold(worker, ticket, answer)
      : [{ do: 'decline', ticket, answer: answer.answer }];
  return [{ do: 'stop-asking', requestId }, ...settled];
}

/**
 * Nobody waits for this offer any more. The record hears of a grant that comes all the same when it speaks of it: nobody here runs
 * it (W6).
 */
export function givenUp(worker: WorkerState, ticket: string): Action[] {
  const requestId = worker.asks.get(ticket)?.requestId ?? null;
  worker.asks.delete(ticket);
  if (requestId !== null) return [{ do: 'stop-asking', requestId }];
  const lease = [...worker.leases.values()].find((held) => held.ticket === ticket);
  return lease === undefined ? [] : lose(worker, lease, 'nobody waits for it any more');
}

/** A run has ended, and all that it said is confirmed, or the lease is lost. The key is forgotten (W5). */
export function runEnded(worker: WorkerState, ref: LeaseRef): Action[] {
  const older = worker.ending.findIndex((one) => isSame(one, ref));
  if (older >= 0) {
    worker.ending.splice(older, 1);
    const next = worker.leases.get(ref.key);
    return next === undefined ? [] : beginIfFree(worker, next);
  }
  const lease = leaseOf(worker, ref);
  if (lease === undefined) return [];
  worker.leases.delete(ref.key);
  // The record may have it under this instance's name, by a resume that was applied late (W7).
  const isOwed = lease.standing === 'lost' && worker.instance?.known === true;
  return isOwed ? [{ do: 'disown', key: ref.key, epoch: ref.epoch }] : [];
}

/** Another epoch of a key that runs here: the older run ends first (W3). */
function hold(
  worker: WorkerState,
  ticket: string,
  { key, epoch, marks }: Extract<Answer, { answer: 'granted' }>,
): Action[] {
  const owners = worker.instance === null ? [] : [worker.instance.id];
  const standing = 'held';
  const lease: HeldLease = { key, epoch, standing, marks, owners, ticket, unconfirmed: [] };
  const older = worker.leases.get(key);
  const lost = older === undefined ? [] : supersede(worker, older);
  worker.leases.set(key, lease);
  return [...lost, { do: 'hold', ticket, key, epoch }, ...beginIfFree(worker, lease)];
}

function supersede(worker: WorkerState, older: HeldLease): Action[] {
  if (older.ticket === null) worker.ending.push({ key: older.key, epoch: older.epoch });
  return lose(worker, older, 'it was granted again in a newer epoch');
}

function beginIfFree(worker: WorkerState, lease: HeldLease): Action[] {
  const { key, epoch, ticket } = lease;
  if (ticket === null || worker.ending.some((run) => run.key === key)) return [];
  lease.ticket = null;
  return [{ do: 'begin', ticket, key, epoch }];
}
