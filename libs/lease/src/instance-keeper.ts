import {
  DependencyUnavailableError,
  ServiceStopped,
  type PluginDeclaration,
  type ServiceName,
} from '#contracts';
import { RetryPace, type Broker } from '#broker';
import { Deferred, Gate, abortable, sleep, withTimeout, messageOf, onAbort } from '#supervisor';
import type { HeldLeases } from './held-leases.js';
import { LeaseChannel } from './lease-channel.js';

export interface InstanceOptions {
  readonly broker: Broker;
  readonly service: ServiceName;
  /** UUID of this process. */
  readonly processId: string;
  readonly version: string;
  /** What a task-runner offers; declared with `service.started`. */
  readonly plugins?: readonly PluginDeclaration[];
}

const BACKOFF = { baseMs: 50, capMs: 2_000 };
/** How long the record is tried to be told that the instance ends. */
const GOODBYE_MS = 3_000;

/**
 * Keeps an instance of this process known to the record, one after the other: when the lease channel is lost, every lease held on it
 * is lost at once, and the process goes on as a new instance.
 */
export class InstanceKeeper {
  private readonly up = new Gate();
  private readonly pace = new RetryPace(BACKOFF);
  /** The instance that leases are asked for with: it is known to the record. */
  private known: LeaseChannel | undefined;
  /** The same, from when its control queue exists. */
  private instance: LeaseChannel | undefined;
  private instances = 0;
  private problem: string | undefined = 'not announced to status yet';
  private closed = false;

  constructor(
    private readonly options: InstanceOptions,
    private readonly held: HeldLeases,
  ) {}

  /** Undefined while an instance lives and the record takes what it says, else the reason. */
  trouble(): string | undefined {
    return this.instance?.trouble() ?? this.problem;
  }

  /** The channel of an instance that the record knows, once there is one. Rejects with the signal's reason, or after `close()`. */
  async channel(signal?: AbortSignal): Promise<LeaseChannel> {
    for (;;) {
      await this.up.wait(signal);
      if (this.known !== undefined) return this.known;
    }
  }

  /** Begins an instance whenever there is none. Rejects with the signal's reason; anything else is a defect. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      const pauseMs = await this.liveAsInstance(signal).then(
        (livedMs) => this.pace.afterLoss(livedMs),
        (error: unknown) => {
          signal.throwIfAborted();
          return this.failed(error);
        },
      );
      await sleep(pauseMs, signal);
    }
  }

  /** Says goodbye and ends the instance, within seconds; `run` must have been told to stop. Leases still held are lost. */
  async close(reason: string, error: DependencyUnavailableError): Promise<void> {
    const channel = this.known;
    this.closed = true;
    this.up.fail(error);
    this.problem = 'closed';
    this.held.loseAll('the process is stopping');
    if (channel !== undefined) await this.sayGoodbye(channel, reason);
  }

  private async sayGoodbye(channel: LeaseChannel, reason: string): Promise<void> {
    const { instanceId } = channel;
    const stopped = { instanceId, reason };
    try {
      await withTimeout(
        (signal) => channel.publish(ServiceStopped, stopped, { signal }),
        GOODBYE_MS,
      );
    } catch (error) {
      // The record notices by the missing control queue, a second later.
      this.options.broker.log.debug({ instanceId, err: error }, 'status was not told of the end');
    }
    await channel.close();
  }

  /** Resolves with how long it lived, in milliseconds. */
  private async liveAsInstance(signal: AbortSignal): Promise<number> {
    const { broker, processId } = this.options;
    this.instances += 1;
    const channel = await LeaseChannel.open(
      `${processId}.${this.instances}`,
      {
        plugins: [],
        ...this.options,
        onPing: (ping, on) => this.held.hearPing(ping, on),
        onCancel: (command) => this.held.hearCancel(command),
      },
      signal,
    );
    const over = this.whenOver(channel);
    try {
      await channel.announce(signal);
      channel.lost.throwIfAborted();
    } catch (error) {
      await channel.close();
      throw error;
    }
    const upSinceMs = performance.now();
    this.known = channel;
    this.problem = undefined;
    this.up.open();
    broker.log.info({ instanceId: channel.instanceId }, 'known to status');
    await abortable(over, signal);
    return performance.now() - upSinceMs;
  }

  private whenOver(channel: LeaseChannel): Promise<void> {
    const over = new Deferred();
    const ended = (): void => {
      this.instanceOver(channel);
      over.resolve();
    };
    this.instance = channel;
    onAbort(channel.lost, ended);
    return over.promise;
  }

  /** At once, before anybody hears of a failed publish: whoever holds a lease is told that it is lost. */
  private instanceOver(channel: LeaseChannel): void {
    const wasKnown = this.known === channel;
    this.instance = undefined;
    this.known = undefined;
    this.up.close();
    const leases = this.held.all.length;
    this.held.loseAll('the lease channel is gone');
    if (this.closed || !wasKnown) return;
    this.problem = 'the lease channel was lost; beginning a new instance';
    const { instanceId } = channel;
    const reason: unknown = channel.lost.reason;
    this.options.broker.log.warn({ instanceId, leases, err: reason }, 'lease channel lost');
  }

  private failed(error: unknown): number {
    const reason = messageOf(error);
    const { log } = this.options.broker;
    if (this.problem !== reason) log.warn({ reason }, 'no lease channel; trying again');
    this.problem = reason;
    return this.pace.afterFailure();
  }
}
