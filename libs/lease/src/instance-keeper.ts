import {
  ServiceStopped,
  type DependencyUnavailableError,
  type PluginDeclaration,
  type ServiceName,
} from '#contracts';
import { RetryPace, type Broker } from '#broker';
import { Deferred, Gate, abortable, messageOf, onAbort, sleep, withTimeout } from '#supervisor';
import { LeaseChannel } from './lease-channel.js';
import type { LeaseDesk } from './lease-desk.js';

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
 * Keeps an instance of this process alive, one after the other: when the lease channel is lost, the process goes on as a new
 * instance, at once and then at most every 2 s.
 */
export class InstanceKeeper {
  private readonly up = new Gate();
  private readonly pace = new RetryPace(BACKOFF);
  /** The instance that lives now: its control queue exists. */
  private instance: LeaseChannel | undefined;
  private instances = 0;
  private problem: string | undefined = 'not announced to status yet';
  private closed = false;

  constructor(
    private readonly options: InstanceOptions,
    private readonly desk: Pick<LeaseDesk, 'begin' | 'hear' | 'all'>,
  ) {}

  /** Undefined while the record knows the instance that lives, and takes what it says; else the reason. */
  trouble(): string | undefined {
    return this.instance?.trouble() ?? this.problem;
  }

  /** Resolves once the record knows an instance. Rejects with the signal's reason, or after `close()`. */
  async untilKnown(signal?: AbortSignal): Promise<void> {
    await this.up.wait(signal);
  }

  /** The record knows the instance of this channel. */
  known({ instanceId }: LeaseChannel): void {
    this.problem = undefined;
    this.up.open();
    this.options.broker.log.info({ instanceId }, 'known to status');
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

  /** Says goodbye and ends the instance, within seconds; `run` must have been told to stop. */
  async close(reason: string, error: DependencyUnavailableError): Promise<void> {
    const channel = this.instance;
    this.instance = undefined;
    this.closed = true;
    this.up.fail(error);
    this.problem = 'closed';
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
    const { processId } = this.options;
    this.instances += 1;
    const channel = await LeaseChannel.open(
      `${processId}.${this.instances}`,
      { plugins: [], ...this.options, onMessage: (message) => this.desk.hear(message) },
      signal,
    );
    const upSinceMs = performance.now();
    const over = new Deferred();
    this.instance = channel;
    this.desk.begin(channel);
    onAbort(channel.lost, () => over.resolve());
    await abortable(over.promise, signal);
    this.instanceOver(channel);
    return performance.now() - upSinceMs;
  }

  private instanceOver(channel: LeaseChannel): void {
    this.instance = undefined;
    this.up.close();
    if (this.closed) return;
    this.problem = 'the lease channel was lost; beginning a new instance';
    const { instanceId } = channel;
    const reason: unknown = channel.lost.reason;
    const leases = this.desk.all.length;
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
