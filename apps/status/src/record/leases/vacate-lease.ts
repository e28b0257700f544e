import type { LeaseExpired, LeaseReleased, LeaseUnknown, WorkOffered } from '#contracts';
import { parseLeaseKey } from '#contracts';
import type { Chunk } from '../executions/chunk.js';
import type { Stream } from '../streams/stream.js';
import type { Transition } from '../transition.js';
import type { WorkingSet } from '../working-set.js';
import { endUnowned } from './end-unowned.js';
import { isHeldBy, vacate } from './lease.js';
import { POISONOUS } from './mark.js';

/** So many owners in a row may vanish with a piece of work; the last of them closes it (S10). */
export const MAX_TAKEOVERS = 5;

/** A release has no seq of its own: in the event log it stands behind all that was said in its epoch. */
const LAST_SEQ = Number.MAX_SAFE_INTEGER;

/** An owner that held a lease so long is not what its successors' ends are blamed on. */
const LONG_HELD_MS = 600_000;

/** S7: the owner is gone, or says that it does not know the lease. */
export const vanishedOwner: Transition<LeaseExpired | LeaseUnknown> = {
  needs({ key }, needs) {
    needs.lease(key);
  },

  apply(set, { body }, { nowMs }) {
    const lease = set.leases.get(body.key);
    if (lease && isHeldBy(lease, body.epoch, body.instanceId)) vanished(set, lease, nowMs);
  },
};

/** S3: an offer that its queue could not get rid of. Where nobody owns that epoch, it counts as a vanished owner. */
export const lostOffer: Transition<WorkOffered> = {
  needs({ key }, needs) {
    needs.lease(key);
  },

  apply(set, { body }, { nowMs }) {
    const lease = set.leases.get(body.key);
    if (!lease || lease.closed || lease.owner !== null || lease.epoch !== body.epoch) return;
    vanished(set, lease, nowMs);
  },
};

/** S7: the owner gives the lease back in good order; what it interrupted itself may start again. */
export const releaseLease: Transition<LeaseReleased> = {
  needs({ key, interrupted }, needs) {
    needs.lease(key);
    const lease = parseLeaseKey(key);
    if (lease?.kind !== 'chunk') return;
    for (const target of interrupted) needs.target(lease.executionId, target);
  },

  apply(set, { type, body }, { nowMs }) {
    const { key: aggregate, epoch } = body;
    const lease = set.leases.get(aggregate);
    if (!lease || !isHeldBy(lease, epoch, body.instanceId)) return;
    if (lease.kind === 'chunk') {
      clearStarted(set, lease, body.interrupted);
      set.changes.events.push({ aggregate, epoch, seq: LAST_SEQ, type, body, superseded: false });
    }
    leave(set, lease, nowMs, 'idle');
  },
};

function vanished(set: WorkingSet, lease: Chunk | Stream, nowMs: number): void {
  if (lease.owner && nowMs - lease.owner.sinceMs >= LONG_HELD_MS) lease.takeovers = 0;
  lease.takeovers += 1;
  set.changes.leases.add(lease);
  if (lease.mark === null && lease.takeovers >= MAX_TAKEOVERS) {
    return endUnowned(set, lease, POISONOUS, nowMs);
  }
  leave(set, lease, nowMs, 'lost');
}

/** What follows when a lease has no owner any more: marked work is closed, other work is left to the next owner. */
function leave(
  set: WorkingSet,
  lease: Chunk | Stream,
  nowMs: number,
  state: 'idle' | 'lost',
): void {
  if (lease.mark !== null) return endUnowned(set, lease, lease.mark, nowMs);
  vacate(lease);
  lease.due = mayRun(set, lease);
  set.effects.due ||= lease.due;
  set.changes.leases.add(lease);
  set.changes.due.add(lease);
  if (lease.kind !== 'stream') return;
  lease.state = state;
  lease.changedAtMs = nowMs;
  set.changes.streams.add(lease);
}

/** True when an open lease that nobody owns is to be offered now. */
export function mayRun(set: WorkingSet, lease: Chunk | Stream): boolean {
  return lease.kind === 'stream' || set.executions.get(lease.executionId)?.paused === false;
}

/** What its owner interrupted in good order may start again, whatever its `onLost` says. */
export function clearStarted(set: WorkingSet, chunk: Chunk, interrupted: readonly string[]): void {
  for (const name of interrupted) {
    const target = set.target(chunk.executionId, name);
    if (!target || target.outcome !== null) continue;
    target.started = null;
    set.changes.targets.add(target);
  }
}
