import { LeasesResumed, type LeaseRef, type ResumeLeases, type ResumedLease } from '#contracts';
import type { Transition } from '../transition.js';
import type { WorkingSet } from '../working-set.js';

/**
 * S8: what the process held as one of `from` goes on under its new instance, in the same epoch. What it owns already, because
 * it asks again, is resumed too. From then on, the end of an earlier instance ends nothing.
 */
export const resumeLeases: Transition<ResumeLeases> = {
  needs({ leases }, needs) {
    for (const { key } of leases) needs.lease(key);
  },

  apply(set, message) {
    const { requestId, from, instanceId, leases } = message.body;
    const instances = new Set([...from, instanceId]);
    set.effects.reply(message, LeasesResumed, {
      requestId,
      leases: leases.map((ref) => resumed(set, ref, instances, instanceId)),
    });
  },
};

function resumed(
  set: WorkingSet,
  { key, epoch }: LeaseRef,
  instances: ReadonlySet<string>,
  instanceId: string,
): ResumedLease {
  const lease = set.leases.get(key);
  if (!lease?.owner || lease.epoch !== epoch || !instances.has(lease.owner.instanceId)) {
    return { key, epoch, state: 'gone', cancelled: null, revoked: false, paused: false };
  }
  if (lease.owner.instanceId !== instanceId) {
    lease.owner = { ...lease.owner, instanceId };
    set.changes.leases.add(lease);
  }
  const paused = lease.kind === 'chunk' && set.executions.get(lease.executionId)?.paused === true;
  const { mark: cancelled, revoked } = lease;
  return { key, epoch, state: 'resumed', cancelled, revoked, paused };
}
