import { DependencyUnavailableError } from '#contracts';
import { Deferred, Gate, sleep } from '#supervisor';
import type { BrokerLog } from '../broker-log.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import { connectAdvice, lossReport } from './connect-advice.js';
import { LiveConnection, type ConnectionOptions } from './live-connection.js';
import { RetryPace } from './retry-pace.js';

export type ConnectionRole = 'publish' | 'consume';

export interface ConnectionLinkOptions extends ConnectionOptions {
  readonly role: ConnectionRole;
  readonly log: BrokerLog;
  readonly metrics: BrokerMetrics;
}

/** Longest pause between two attempts; leases.md W7 asks for one at least every 2 s. */
const BACKOFF = { baseMs: 200, capMs: 2_000 };

/**
 * Keeps one connection to the broker up: connects, notices its end, connects again, for ever, with full-jitter pauses (the first
 * attempt after a loss is immediate). It restores nothing but the connection: whoever needs channels waits for the next
 * `whenUp()` and opens its own.
 */
export class ConnectionLink {
  private current: LiveConnection | undefined;
  private failure = 'not connected to RabbitMQ yet';
  private failedAttempts = 0;
  private connectedBefore = false;
  private blocked: { readonly sinceMs: number; readonly reason: string } | undefined;
  private running: Promise<void> | undefined;
  private closed: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private readonly unblocked = new Gate({ open: true });
  /** Lets through whoever waits, and nobody who comes later, at each change: connected, an attempt failed, closed. */
  private readonly changed = new Gate();

  constructor(private readonly options: ConnectionLinkOptions) {}

  /** Begins to connect; returns at once. A second call does nothing, nor does one after `close()`. */
  start(): void {
    this.running ??= this.keepConnected();
  }

  /** The connection, if there is one right now. */
  get live(): LiveConnection | undefined {
    return this.current;
  }

  /**
   * Waits until the connection is up. With `attempts`, gives up after that many failures in a row and throws a
   * `DependencyUnavailableError` that says what to do; so it does after `close()`. Throws the signal's reason.
   */
  async whenUp(signal?: AbortSignal, attempts = Infinity): Promise<LiveConnection> {
    while (this.current === undefined) {
      if (this.stopping.signal.aborted || this.failedAttempts >= attempts) {
        throw new DependencyUnavailableError(this.failure);
      }
      await this.changed.wait(signal);
    }
    return this.current;
  }

  /** Waits while the broker refuses publishes because of a memory or disk alarm. */
  whenUnblocked(signal?: AbortSignal): Promise<void> {
    return this.unblocked.wait(signal);
  }

  /** Undefined when all is well, else the reason. */
  trouble(): string | undefined {
    if (this.current === undefined) return this.failure;
    if (this.blocked === undefined) return undefined;
    return `RabbitMQ takes no publishes (${this.blocked.reason}): free memory or disk on the broker`;
  }

  /** Ends the loop and the connection, within seconds; whoever waits is told. Safe to call twice. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    this.failure = 'the connection to RabbitMQ was closed by this process';
    const reason = new DependencyUnavailableError(this.failure);
    const connection = this.current;
    this.stopping.abort(reason);
    this.announce();
    await connection?.close(reason);
    await this.running;
  }

  private async keepConnected(): Promise<void> {
    const { signal } = this.stopping;
    const pace = new RetryPace(BACKOFF);
    while (!signal.aborted) {
      const pauseMs = await this.connect(signal).then(
        async (connection) => pace.afterLoss(await this.untilLost(connection)),
        (error: unknown) => {
          this.attemptFailed(error);
          return pace.afterFailure();
        },
      );
      await sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  private async connect(signal: AbortSignal): Promise<LiveConnection> {
    const connection = await LiveConnection.open(this.options, signal);
    connection.model.on('blocked', (reason: string) => this.onBlocked(reason));
    connection.model.on('unblocked', () => this.onUnblocked());
    return connection;
  }

  /** Resolves with how long it lasted, in milliseconds. */
  private async untilLost(connection: LiveConnection): Promise<number> {
    const { signal } = this.stopping;
    if (signal.aborted) {
      // Closed while it connected: nobody else knows this connection.
      await connection.close(new DependencyUnavailableError(this.failure));
      return 0;
    }
    const upSinceMs = performance.now();
    const lost = new Deferred();
    const onLost = (): void => {
      this.down(connection);
      lost.resolve();
    };
    this.up(connection);
    if (connection.lost.aborted) onLost();
    else connection.lost.addEventListener('abort', onLost, { once: true });
    await lost.promise;
    return performance.now() - upSinceMs;
  }

  private up(connection: LiveConnection): void {
    const { role, log, metrics } = this.options;
    this.current = connection;
    this.failedAttempts = 0;
    if (this.connectedBefore) metrics.reconnected(role);
    this.connectedBefore = true;
    log.info({ connection: role }, 'connected to RabbitMQ');
    this.announce();
  }

  /** At once, not in the next turn: nobody is given a connection that is gone. */
  private down(connection: LiveConnection): void {
    const { role, log, endpoint } = this.options;
    this.current = undefined;
    this.onUnblocked();
    if (this.stopping.signal.aborted) return;
    const reason: unknown = connection.lost.reason;
    this.failure = reason instanceof Error ? reason.message : lossReport(endpoint, reason);
    log.warn({ connection: role, reason: this.failure }, 'connection to RabbitMQ lost');
  }

  private attemptFailed(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    const { role, log, endpoint } = this.options;
    const failure = connectAdvice(endpoint, error);
    this.failedAttempts += 1;
    // One line per change of reason, not one per attempt.
    if (failure !== this.failure) {
      log.warn({ connection: role, reason: failure }, 'cannot connect to RabbitMQ; trying again');
    }
    this.failure = failure;
    this.announce();
  }

  private announce(): void {
    this.changed.open();
    this.changed.close();
  }

  private onBlocked(reason: string): void {
    if (this.blocked !== undefined) return;
    this.blocked = { sinceMs: performance.now(), reason };
    this.unblocked.close();
    this.options.log.warn({ connection: this.options.role, reason }, 'RabbitMQ blocks publishers');
  }

  private onUnblocked(): void {
    if (this.blocked === undefined) return;
    this.options.metrics.blocked((performance.now() - this.blocked.sinceMs) / 1_000);
    this.blocked = undefined;
    this.unblocked.open();
  }
}
