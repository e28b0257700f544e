import {
  LeaseUnknown,
  parseLeaseKey,
  type CancelTask,
  type LeaseGranted,
  type LeasePing,
  type LeaseState,
} from '#contracts';
import type { BrokerLog } from '#broker';
import type { Supervisor, TaskContext } from '#supervisor';
import type { LeaseChannel } from './lease-channel.js';
import { Lease } from './lease.js';
import { CANCELLED } from './marks.js';

/** The leases of this process, by key, and who hears what is said about them. */
export class HeldLeases {
  private readonly held = new Map<string, Lease>();

  constructor(
    private readonly log: BrokerLog,
    private readonly tasks: Supervisor,
  ) {}

  get all(): readonly Lease[] {
    return [...this.held.values()];
  }

  /**
   * A lease was granted: from here on pings about it are heard, even if its work cannot begin yet. A lease of the same key from an
   * older epoch is lost; it is returned, so that its end can be awaited (leases.md, W3).
   */
  take(grant: LeaseGranted, channel: LeaseChannel): { lease: Lease; older: Lease | undefined } {
    const { log } = this;
    const lease = new Lease(grant, { channel, log, onEnd: (ended) => this.forget(ended) });
    const older = this.held.get(lease.key);
    older?.lose('it was granted again in a newer epoch');
    this.held.set(lease.key, lease);
    return { lease, older };
  }

  /** They are all somebody else's, or may soon be. */
  loseAll(reason: string): void {
    for (const lease of this.held.values()) lease.lose(reason);
  }

  /** leases.md, W6: obey what is said of a lease held here; own up to one that is not. */
  hearPing(ping: LeasePing, channel: LeaseChannel): void {
    for (const state of ping.leases) {
      const lease = this.held.get(state.key);
      if (lease?.epoch === state.epoch) lease.hear(state);
      else if (lease !== undefined && lease.epoch > state.epoch) continue;
      else if (!channel.awaits(state.key)) this.disown(state, channel);
    }
  }

  /** The cancel broadcast: the same as a ping that says so, only faster. */
  hearCancel({ executionId }: CancelTask): void {
    for (const lease of this.held.values()) {
      const key = parseLeaseKey(lease.key);
      if (key?.kind === 'chunk' && key.executionId === executionId) {
        lease.hear({ ...lease.marks, cancelled: CANCELLED });
      }
    }
  }

  private forget(lease: Lease): void {
    if (this.held.get(lease.key) === lease) this.held.delete(lease.key);
  }

  /** Should there be no room for it, the record asks again within a minute. */
  private disown({ key, epoch }: LeaseState, channel: LeaseChannel): void {
    const { instanceId } = channel;
    const disown = async ({ signal }: TaskContext): Promise<void> => {
      try {
        await channel.publish(LeaseUnknown, { key, epoch, instanceId }, { signal });
      } catch (error) {
        this.log.debug({ key, epoch, err: error }, 'lease.unknown was not sent');
      }
    };
    // Pings that say the same meanwhile are answered together.
    this.tasks.trySpawn(`disown ${key}`, disown, { key: `${instanceId} ${key} ${epoch}` });
  }
}
