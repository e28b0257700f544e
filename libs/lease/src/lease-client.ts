import {
  LeaseClosed,
  LeaseGranted,
  LeaseUnknown,
  ServiceStopped,
  parseLeaseKey,
  type CancelTask,
  type LeasePing,
  type LeaseState,
  type PluginDeclaration,
  type ServiceName,
} from '#contracts';
import type { Broker } from '#broker';
import { Deferred, Gate, fullJitter, sleep } from '#supervisor';
import { LeaseChannel } from './lease-channel.js';
import { Lease } from './lease.js';
import { CANCELLED, NO_MARKS } from './marks.js';

export interface LeaseClientOptions {
  readonly broker: Broker;
  readonly service: ServiceName;
  /** UUID of this process. */
  readonly processId: string;
  readonly version: string;
  /** What a task-runner offers; declared with `service.started`. */
  readonly plugins?: readonly PluginDeclaration[];
}

/** `granted` comes with the lease; `held` and `closed` mean: drop the offer. */
export type Acquired =
  { readonly answer: 'granted'; readonly lease: Lease } | { readonly answer: 'held' | 'closed' };

const BACKOFF = { baseMs: 50, capMs: 2_000 };

/**
 * The worker's side of leases.md: keeps an instance alive, asks for leases, holds them, answers the record's pings.
 * A service without leased work uses it to be known as alive.
 *
 * When the lease channel is lost, every lease held on it is lost at once, and the process goes on as a new instance.
 */
export class LeaseClient {
  private readonly held = new Map<string, Lease>();
  private readonly instanceUp = new Gate();
  private readonly closing = new AbortController();
  private channel: LeaseChannel | undefined;
  private running: Promise<void> | undefined;
  private instances = 0;
  private problem: string | undefined = 'not announced to status yet';

  constructor(private readonly options: LeaseClientOptions) {}

  /** Begins the first instance; resolves once the record knows it. Rejects with the signal's reason. */
  async start(signal?: AbortSignal): Promise<void> {
    this.running ??= this.keepAlive();
    await this.instanceUp.wait(signal);
  }

  /** Undefined while an instance lives, else the reason. */
  trouble(): string | undefined {
    return this.problem;
  }

  /** The leases held right now. */
  get leases(): readonly Lease[] {
    return [...this.held.values()];
  }

  /**
   * Asks for the lease of an offer, as long as it takes, across lost channels (then as the next instance). A lease of the same key from
   * an older epoch is lost first, and its end awaited: nothing runs twice here. Rejects with the signal's reason only.
   */
  async acquire(key: string, signal?: AbortSignal): Promise<Acquired> {
    for (;;) {
      await this.instanceUp.wait(signal);
      const { channel } = this;
      if (channel === undefined) continue;
      try {
        const answer = await channel.acquire(key, signal);
        if (answer instanceof LeaseGranted) return await this.hold(answer, channel);
        return { answer: answer instanceof LeaseClosed ? 'closed' : 'held' };
      } catch (error) {
        signal?.throwIfAborted();
        this.closing.signal.throwIfAborted();
        if (!channel.lost.aborted) throw error;
      }
    }
  }

  /** Says goodbye and ends the instance. Leases still held are lost. Safe to call twice. */
  async close(reason = 'stopped'): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort(new Error('the lease client is closed'));
    this.problem = 'closed';
    const { channel } = this;
    const instanceId = channel?.instanceId;
    if (channel !== undefined && instanceId !== undefined && !channel.lost.aborted) {
      // Without it the record notices by the missing control queue, a second later.
      await channel.publish(ServiceStopped, { instanceId, reason }).catch(() => undefined);
      await channel.close();
    }
    this.loseAll('the process is stopping');
    await this.running;
  }

  private async keepAlive(): Promise<void> {
    const { signal } = this.closing;
    const { broker } = this.options;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.liveAsInstance(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.problem = error instanceof Error ? error.message : String(error);
        broker.log.debug({ err: error }, 'no lease channel; trying again');
        await sleep(fullJitter(failures, BACKOFF), signal).catch(() => undefined);
      }
    }
  }

  private async liveAsInstance(signal: AbortSignal): Promise<void> {
    this.instances += 1;
    const { instances: n } = this;
    const channel = await LeaseChannel.open(
      n,
      {
        plugins: [],
        ...this.options,
        onPing: (ping, on) => this.onPing(ping, on),
        onCancel: (command) => this.onCancel(command),
      },
      signal,
    );
    this.channel = channel;
    this.problem = undefined;
    this.instanceUp.open();
    this.options.broker.log.info({ instanceId: channel.instanceId }, 'known to status');
    await over(channel);
    this.instanceUp.close();
    this.channel = undefined;
    if (!signal.aborted) this.problem = 'the lease channel was lost; connecting again';
    this.loseAll('the lease channel is gone');
  }

  private async hold(granted: LeaseGranted, channel: LeaseChannel): Promise<Acquired> {
    const older = this.held.get(granted.key);
    if (older !== undefined) {
      older.lose('it was granted again in a newer epoch');
      await older.ended;
    }
    const lease = new Lease(granted, channel, (ended) => this.forget(ended));
    this.held.set(lease.key, lease);
    if (channel.lost.aborted) lease.lose('the lease channel is gone');
    return { answer: 'granted', lease };
  }

  private forget(lease: Lease): void {
    if (this.held.get(lease.key) === lease) this.held.delete(lease.key);
  }

  private loseAll(reason: string): void {
    for (const lease of this.held.values()) lease.lose(reason);
  }

  /** leases.md, W6: obey what is said of a lease held here; own up to one that is not. */
  private onPing(ping: LeasePing, channel: LeaseChannel): void {
    for (const state of ping.leases) {
      const lease = this.held.get(state.key);
      if (lease?.epoch === state.epoch) lease.hear(state);
      else if (lease !== undefined && lease.epoch > state.epoch) continue;
      else if (!channel.awaits(state.key)) void this.disown(state, channel);
    }
  }

  private async disown({ key, epoch }: LeaseState, channel: LeaseChannel): Promise<void> {
    const { instanceId } = channel;
    try {
      await channel.publish(LeaseUnknown, { key, epoch, instanceId });
    } catch (error) {
      this.options.broker.log.debug({ key, epoch, err: error }, 'lease.unknown was not sent');
    }
  }

  private onCancel({ executionId }: CancelTask): void {
    for (const lease of this.held.values()) {
      const key = parseLeaseKey(lease.key);
      if (key?.kind === 'chunk' && key.executionId === executionId) {
        lease.hear({ ...NO_MARKS, paused: lease.marks.paused, cancelled: CANCELLED });
      }
    }
  }
}

function over(channel: LeaseChannel): Promise<void> {
  const ended = new Deferred();
  if (channel.lost.aborted) ended.resolve();
  channel.lost.addEventListener('abort', () => ended.resolve(), { once: true });
  return ended.promise;
}
