import {
  DependencyUnavailableError,
  LeaseClosed,
  LeaseGranted,
  ServiceStopped,
  type PluginDeclaration,
  type ServiceName,
} from '#contracts';
import { RetryPace, type Broker } from '#broker';
import { Deferred, Gate, abortable, sleep, withTimeout } from '#supervisor';
import { HeldLeases } from './held-leases.js';
import { LeaseChannel, type LeaseAnswer } from './lease-channel.js';
import type { Lease } from './lease.js';

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

/** What an answer has come to, and the former epoch's lease of the same key that still has to end. */
interface Taken {
  readonly acquired: Acquired;
  readonly older?: Lease;
}

const BACKOFF = { baseMs: 50, capMs: 2_000 };
/** How long the record is tried to be told that the instance ends. */
const GOODBYE_MS = 3_000;

/**
 * The worker's side of leases.md: keeps an instance alive, asks for leases, holds them, answers the record's pings.
 * A service without leased work uses it to be known as alive.
 *
 * When the lease channel is lost, every lease held on it is lost at once, and the process goes on as a new instance.
 */
export class LeaseClient {
  private readonly held: HeldLeases;
  private readonly instanceUp = new Gate();
  private readonly closing = new AbortController();
  private readonly pace = new RetryPace(BACKOFF);
  /** The instance that leases are asked for with: it is known to the record. */
  private channel: LeaseChannel | undefined;
  /** The same, from when its control queue exists. */
  private instance: LeaseChannel | undefined;
  private running: Promise<void> | undefined;
  private closed: Promise<void> | undefined;
  private instances = 0;
  private problem: string | undefined = 'not announced to status yet';

  constructor(private readonly options: LeaseClientOptions) {
    this.held = new HeldLeases(options.broker.log);
  }

  /** Begins the first instance; resolves once the record knows it. Rejects with the signal's reason, or after `close()`. */
  async start(signal?: AbortSignal): Promise<void> {
    this.running ??= this.keepAlive();
    await this.instanceUp.wait(signal);
  }

  /** Undefined while an instance lives and the record takes what it says, else the reason. */
  trouble(): string | undefined {
    return this.instance?.trouble() ?? this.problem;
  }

  /** The leases held right now. */
  get leases(): readonly Lease[] {
    return this.held.all;
  }

  /**
   * Asks for the lease of an offer, as long as it takes, across lost channels (then as the next instance). A lease of the same key from
   * an older epoch is lost first, and its end awaited: nothing runs twice here. Rejects with the signal's reason, and after `close()`
   * with a `DependencyUnavailableError`.
   */
  async acquire(key: string, signal?: AbortSignal): Promise<Acquired> {
    const { acquired, older } = await this.ask(key, signal);
    if (acquired.answer === 'granted' && older !== undefined) {
      await this.untilEnded(older, acquired.lease, signal);
    }
    return acquired;
  }

  /** Says goodbye and ends the instance, within seconds. Leases still held are lost. Called again, it returns the same promise. */
  close(reason = 'stopped'): Promise<void> {
    this.closed ??= this.end(reason);
    return this.closed;
  }

  private async end(reason: string): Promise<void> {
    const closed = new DependencyUnavailableError('the lease client was closed by this process');
    const { channel } = this;
    this.closing.abort(closed);
    this.instanceUp.fail(closed);
    this.problem = 'closed';
    this.held.loseAll('the process is stopping');
    if (channel !== undefined) await this.sayGoodbye(channel, reason);
    await this.running;
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

  private async ask(key: string, signal?: AbortSignal): Promise<Taken> {
    for (;;) {
      await this.instanceUp.wait(signal);
      const { channel } = this;
      if (channel === undefined) continue;
      try {
        return await channel.acquire(key, (answer) => this.take(answer, channel), signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!channel.lost.aborted) throw error;
      }
    }
  }

  private take(answer: LeaseAnswer, channel: LeaseChannel): Taken {
    if (answer instanceof LeaseClosed) return { acquired: { answer: 'closed' } };
    if (!(answer instanceof LeaseGranted)) return { acquired: { answer: 'held' } };
    const { lease, older } = this.held.take(answer, channel);
    return { acquired: { answer: 'granted', lease }, older };
  }

  /** leases.md, W3. */
  private async untilEnded(older: Lease, newer: Lease, signal?: AbortSignal): Promise<void> {
    try {
      await (signal ? abortable(older.ended, signal) : older.ended);
    } catch (error) {
      // The record hears at the next ping that nobody here runs it.
      newer.lose('nobody waits for it any more');
      newer.finish();
      throw error;
    }
  }

  private async keepAlive(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      const pauseMs = await this.liveAsInstance(signal).then(
        (livedMs) => this.pace.afterLoss(livedMs),
        (error: unknown) => this.failed(error),
      );
      await sleep(pauseMs, signal).catch(() => undefined);
    }
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
    this.channel = channel;
    this.problem = undefined;
    this.instanceUp.open();
    broker.log.info({ instanceId: channel.instanceId }, 'known to status');
    await over;
    return performance.now() - upSinceMs;
  }

  private whenOver(channel: LeaseChannel): Promise<void> {
    const over = new Deferred();
    const ended = (): void => {
      this.instanceOver(channel);
      over.resolve();
    };
    this.instance = channel;
    if (channel.lost.aborted) ended();
    else channel.lost.addEventListener('abort', ended, { once: true });
    return over.promise;
  }

  /** At once, before anybody hears of a failed publish: whoever holds a lease is told that it is lost. */
  private instanceOver(channel: LeaseChannel): void {
    const wasKnown = this.channel === channel;
    this.instance = undefined;
    this.channel = undefined;
    this.instanceUp.close();
    const leases = this.held.all.length;
    this.held.loseAll('the lease channel is gone');
    if (this.closing.signal.aborted || !wasKnown) return;
    this.problem = 'the lease channel was lost; beginning a new instance';
    const { instanceId } = channel;
    const reason: unknown = channel.lost.reason;
    this.options.broker.log.warn({ instanceId, leases, err: reason }, 'lease channel lost');
  }

  private failed(error: unknown): number {
    if (this.closing.signal.aborted) return 0;
    const reason = error instanceof Error ? error.message : String(error);
    const { log } = this.options.broker;
    if (this.problem !== reason) log.warn({ reason }, 'no lease channel; trying again');
    this.problem = reason;
    return this.pace.afterFailure();
  }
}
