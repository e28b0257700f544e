import { LeaseClosed, LeaseGranted, LeaseHeld, type AcquireLease } from '#contracts';
import type { Chunk } from '../executions/chunk.js';
import { grantChunk } from '../executions/grant-chunk.js';
import type { RecordMessage } from '../message.js';
import type { Stream } from '../streams/stream.js';
import { grantStream } from '../streams/grant-stream.js';
import type { Transition } from '../transition.js';
import type { WorkingSet } from '../working-set.js';
import { endUnowned } from './end-unowned.js';
import { grant } from './lease.js';

/**
 * S4: grants a lease that nobody owns. The owner's own request, repeated, gets the same grant again; anybody else's hears
 * `held`. A lease that is closed, or unknown, is `closed`; unknown is also one that began in the same batch: nobody was offered it
 * yet, and what its grant says was not read.
 */
export const acquireLease: Transition<AcquireLease> = {
  needs({ key }, needs) {
    needs.grant(key);
  },

  apply(set, message, { nowMs }) {
    const { key, instanceId, requestId } = message.body;
    const lease = knownLease(set, key);
    if (lease && !lease.closed && lease.owner === null && lease.mark !== null) {
      endUnowned(set, lease, lease.mark, nowMs);
    }
    if (!lease || lease.closed) {
      set.effects.reply(message, LeaseClosed, { requestId, key });
      return;
    }
    if (lease.owner === null) {
      grant(lease, { instanceId, requestId, sinceMs: nowMs });
      set.changes.leases.add(lease);
      set.changes.due.add(lease);
      answerGranted(set, message, lease, nowMs, 'first');
      return;
    }
    if (lease.owner.instanceId === instanceId && lease.owner.requestId === requestId) {
      answerGranted(set, message, lease, nowMs, 'repeat');
      return;
    }
    set.effects.reply(message, LeaseHeld, { requestId, key });
  },
};

function knownLease(set: WorkingSet, key: string): Chunk | Stream | undefined {
  const lease = set.leases.get(key);
  return lease && set.changes.newLeases.has(lease) ? undefined : lease;
}

function answerGranted(
  set: WorkingSet,
  message: RecordMessage<AcquireLease>,
  lease: Chunk | Stream,
  nowMs: number,
  time: 'first' | 'repeat',
): void {
  const { requestId } = message.body;
  const { key, epoch, revoked } = lease;
  const cancelled = lease.mark;
  const state = { requestId, key, epoch, cancelled, revoked };
  set.effects.reply(
    message,
    LeaseGranted,
    lease.kind === 'chunk'
      ? { ...state, ...grantChunk(set, lease, nowMs, time) }
      : { ...state, ...grantStream(set, lease, nowMs, time) },
  );
}
