import type { ResumedLease } from '#contracts';
import type { Action } from './actions.js';
import { askAnew } from './asking.js';
import { hear } from './hearing.js';
import { lose } from './losing.js';
import {
  isSame,
  leaseOf,
  type HeldLease,
  type Instance,
  type LeaseRef,
  type WorkerState,
} from './worker-state.js';

/** What became of one lease of a `lease.resume`. */
export type Resumed = Pick<
  ResumedLease,
  'key' | 'epoch' | 'state' | 'cancelled' | 'revoked' | 'paused'
>;

/** How a process learns of its instances, one after the other; each is one lease channel (W7). */
export interface Beginning {
  readonly id: string;
  readonly newRequestId: () => string;
  /** How many leases one question may name. */
  readonly pageSize: number;
}

/**
 * An instance has begun: its control queue and its replies are consumed, and nothing was said on it. First it asks to keep what
 * the instances before it held, naming all that the record may call the owner.
 */
export function instanceBegan(
  worker: WorkerState,
  { id, newRequestId, pageSize }: Beginning,
): Action[] {
  const instance: Instance = { id, known: false, resuming: new Map() };
  worker.instance = instance;
  const inDoubt = [...worker.leases.values()].filter(({ standing }) => standing === 'suspended');
  if (inDoubt.length === 0) return [{ do: 'announce' }];
  const actions: Action[] = [];
  for (let first = 0; first < inDoubt.length; first += pageSize) {
    actions.push(resume(instance, inDoubt.slice(first, first + pageSize), newRequestId()));
  }
  return actions;
}

/** The record was told of the instance: what is in hand is asked for, with fresh requests (W1). */
export function instanceKnown(worker: WorkerState, newRequestId: () => string): Action[] {
  if (worker.instance === null) return [];
  worker.instance.known = true;
  return [...worker.asks.values()].map((ask) => askAnew(ask, newRequestId));
}

/** Its channel is gone, and its open requests are over. What is held is in doubt; what runs goes on, for the grace. */
export function instanceLost(worker: WorkerState): Action[] {
  worker.instance = null;
  for (const ask of worker.asks.values()) ask.requestId = null;
  const held = [...worker.leases.values()].filter(({ standing }) => standing === 'held');
  return held.map((lease) => {
    lease.standing = 'suspended';
    return { do: 'suspend', key: lease.key, epoch: lease.epoch };
  });
}

/** The record has answered a question or a page of it. Answered about all of them, the instance is announced. */
export function leasesResumed(
  worker: WorkerState,
  requestId: string,
  answers: readonly Resumed[],
): Action[] {
  const { instance } = worker;
  const asked = instance?.resuming.get(requestId);
  if (!instance || !asked) return [];
  const open = asked.filter((ref) => !answers.some((answer) => isSame(answer, ref)));
  const actions = answers.flatMap((answer) => leaseResumed(worker, instance, answer));
  if (open.length > 0) {
    instance.resuming.set(requestId, open);
    return actions;
  }
  instance.resuming.delete(requestId);
  actions.unshift({ do: 'stop-asking', requestId });
  if (instance.resuming.size === 0) actions.push({ do: 'announce' });
  return actions;
}

function resume(instance: Instance, leases: readonly HeldLease[], requestId: string): Action {
  const from = [...new Set(leases.flatMap(({ owners }) => owners))];
  for (const lease of leases) lease.owners = [...lease.owners, instance.id];
  const refs: LeaseRef[] = leases.map(({ key, epoch }) => ({ key, epoch }));
  instance.resuming.set(requestId, refs);
  return { do: 'resume', requestId, from, leases: refs };
}

/** What was said and is not confirmed is published again before the marks are obeyed: what has ended keeps its own outcome. */
function leaseResumed(worker: WorkerState, instance: Instance, answer: Resumed): Action[] {
  const { key, epoch } = answer;
  const lease = leaseOf(worker, answer);
  // Its run ended in the grace: the record gave it back to nobody.
  if (lease === undefined && answer.state === 'resumed') return [{ do: 'disown', key, epoch }];
  if (lease?.standing !== 'suspended') return [];
  if (answer.state === 'gone') return lose(worker, lease, 'another has it, or it is closed');
  lease.standing = 'held';
  lease.owners = [instance.id];
  const again = lease.unconfirmed.map((said): Action => ({ do: 'publish', key, epoch, said }));
  return [...again, { do: 'continue', key, epoch }, ...hear(lease, answer)];
}
