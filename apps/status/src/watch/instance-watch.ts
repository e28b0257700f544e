import {
  LeaseExpired,
  LeasePing,
  MAX_LEASES_PER_MESSAGE,
  ServiceLost,
  type LeaseState,
} from '#contracts';
import {
  UnroutableError,
  composeMessage,
  type Broker,
  type BrokerChannel,
  type Publisher,
} from '#broker';
import type { Logger } from '#runtime';
import { sleep, withTimeout, type Clock } from '#supervisor';
import { STATUS } from '../record/message.js';
import { Grace } from './grace.js';
import type { InstancesReader, WatchedInstance } from './instances-reader.js';
import { Watched } from './watched.js';

export interface InstanceWatchParts {
  readonly broker: Pick<Broker, 'openChannel'>;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly instances: InstancesReader;
  /** Whether this status is the one that reads the record: only that one watches. */
  readonly activity: { readonly isActive: boolean };
  readonly log: Logger;
  readonly clock: Clock;
}

const PING_EVERY_MS = 500;
const PING_TIMEOUT_MS = 2_000;

/**
 * S9: finds out who is alive. Twice a second a ping goes to the control queue of every instance that owns a lease in the record, and of
 * every other that is known; it says what changed about its leases. A queue that does not exist is an instance that is over: found
 * missing for a second, it is declared gone, by messages into `status.record`. The watch itself changes nothing in the record.
 */
export class InstanceWatch {
  private readonly grace = new Grace();
  private watched = new Map<string, Watched>();
  private channel: BrokerChannel | undefined;
  private wasActive = false;

  constructor(private readonly parts: InstanceWatchParts) {}

  /** Watches until the signal aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    let failing = false;
    for (;;) {
      await sleep(PING_EVERY_MS, signal, this.parts.clock);
      try {
        await this.look(signal);
        failing = false;
      } catch (error) {
        signal.throwIfAborted();
        if (!failing) this.parts.log.warn({ err: error }, 'cannot watch instances; trying again');
        failing = true;
      }
    }
  }

  private async look(signal: AbortSignal): Promise<void> {
    const { activity, instances } = this.parts;
    const took = activity.isActive && !this.wasActive;
    this.wasActive = activity.isActive;
    if (!this.wasActive) return;
    if (took) this.startAnew();
    const channel = await this.pingChannel(signal);
    const all = await instances.all();
    const before = this.watched;
    this.watched = new Map(
      all.map(({ instanceId }) => [instanceId, before.get(instanceId) ?? new Watched()]),
    );
    await Promise.all(all.map((instance) => this.ping(instance, channel, signal)));
    await this.declareGone(signal);
  }

  private now(): number {
    return this.parts.clock.now();
  }

  private startAnew(): void {
    this.watched.clear();
    this.grace.begin(this.now());
  }

  /** A channel of its own, on the connection that others publish on: when it is lost, that connection may have been, too. */
  private async pingChannel(signal: AbortSignal): Promise<BrokerChannel> {
    if (this.channel === undefined || this.channel.lost.aborted) {
      this.channel = await this.parts.broker.openChannel('publish', signal);
      this.grace.begin(this.now());
    }
    // Pings that a blocked broker has not confirmed yet must not pile up.
    await this.channel.settled(signal);
    return this.channel;
  }

  private async ping(
    instance: WatchedInstance,
    channel: BrokerChannel,
    signal: AbortSignal,
  ): Promise<void> {
    const watched = this.watched.get(instance.instanceId);
    if (!watched) return;
    const changes = watched.changes(instance, this.now());
    try {
      for (const leases of pagesOf(changes)) {
        const message = composeMessage(
          LeasePing,
          { leases },
          { appId: STATUS },
          {
            address: instance.instanceId,
          },
        );
        await withTimeout(channel.publish(message), PING_TIMEOUT_MS, {
          signal,
          clock: this.parts.clock,
        });
      }
      watched.reached(instance, changes, this.now());
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof UnroutableError)) watched.unknown();
      else if (watched.missing(this.now())) this.grace.vanished(this.now());
    }
  }

  private async declareGone(signal: AbortSignal): Promise<void> {
    if (!this.grace.isOver(this.now())) return;
    const gone = [...this.watched].filter(([, one]) => one.isToBeDeclaredGone(this.now()));
    for (const [instanceId, watched] of gone) {
      const { instances, publisher, log } = this.parts;
      const leases = await instances.leasesOf(instanceId);
      log.info({ instanceId, leases: leases.length }, 'instance is gone');
      await Promise.all([
        ...leases.map(({ key, epoch }) =>
          publisher.publish(LeaseExpired, { key, epoch, instanceId }, { signal }),
        ),
        publisher.publish(
          ServiceLost,
          { instanceId, reason: 'its control queue is gone' },
          { signal },
        ),
      ]);
      watched.declaredGone(this.now());
    }
  }
}

/** At least one page: a ping that says nothing still asks whether anybody is there. */
function pagesOf(leases: readonly LeaseState[]): (readonly LeaseState[])[] {
  const pages: (readonly LeaseState[])[] = [];
  for (let at = 0; at === 0 || at < leases.length; at += MAX_LEASES_PER_MESSAGE) {
    pages.push(leases.slice(at, at + MAX_LEASES_PER_MESSAGE));
  }
  return pages;
}
