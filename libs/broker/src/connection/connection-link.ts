import { DependencyUnavailableError } from '#contracts';
import { Deferred, Gate, abortable, sleep, type Task, onAbort } from '#supervisor';
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

interface Block {
  readonly reason: string;
  /** Until when its time is counted. */
  countedMs: number;
}

/** How often the time of an alarm that lasts is counted. */
const COUNT_EVERY_MS = 1_000;

const CLOSED = 'the connection to RabbitMQ was closed by this process';

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
  private blocked: Block | undefined;
  private loop: Task | undefined;
  /** Set once it is being closed, or its loop failed. */
  private over: DependencyUnavailableError | undefined;
  private readonly unblocked = new Gate({ open: true });
  /** Lets through whoever waits, and nobody who comes later, at each change: connected, an attempt failed, closed. */
  private readonly changed = new Gate();

  constructor(private readonly options: ConnectionLinkOptions) {}

  /** Begins to connect; returns at once. A second call does nothing, nor does one after `close()`. */
  start(): void {
    if (this.over !== undefined || this.loop !== undefined) return;
    const { role, tasks } = this.options;
    this.loop = tasks.run(`connection (${role})`, ({ signal }) => this.keepConnected(signal));
    if (this.loop === undefined) this.end(CLOSED);
  }

  /** The connection, if there is one right now. */
  get live(): LiveConnection | undefined {
    return this.current;
  }

  /**
   * Waits until the connection is up. With `attempts`, gives up after that many failures in a row and throws a
   * `DependencyUnavailableError` that says what to do; so it does after `close()`, or a defect that ended the loop. Throws the signal's reason.
   */
  async whenUp(signal?: AbortSignal, attempts = Infinity): Promise<LiveConnection> {
    while (this.current === undefined) {
      if (this.over !== undefined || this.failedAttempts >= attempts) {
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
  async close(): Promise<void> {
    this.loop?.cancel(this.end(CLOSED));
    await this.loop?.outcome;
  }

  /** From now on there is no connection any more, and whoever waits is told. The first reason stays. */
  private end(why: string): Error {
    if (this.over === undefined) {
      this.failure = why;
      this.over = new DependencyUnavailableError(why);
      this.announce();
    }
    return this.over;
  }

  private async keepConnected(signal: AbortSignal): Promise<never> {
    const pace = new RetryPace(BACKOFF);
    try {
      for (;;) {
        const connection = await this.connect(signal);
        const pauseMs =
          connection === undefined
            ? pace.afterFailure()
            : pace.afterLoss(await this.untilLost(connection, signal));
        await sleep(pauseMs, signal);
      }
    } catch (error) {
      this.current = undefined;
      // It is cancelled, or here is a defect.
      this.end(`nobody keeps the connection to RabbitMQ up any more: ${String(error)}`);
      throw error;
    }
  }

  /** One attempt; resolves with nothing when it failed. */
  private async connect(signal: AbortSignal): Promise<LiveConnection | undefined> {
    try {
      return await LiveConnection.open(this.options, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.attemptFailed(error);
      return undefined;
    }
  }

  /** Resolves with how long it lasted, in milliseconds. Rejects when the signal aborts; then it has been closed. */
  private async untilLost(connection: LiveConnection, signal: AbortSignal): Promise<number> {
    const upSinceMs = performance.now();
    const lost = new Deferred();
    try {
      // It may have come while it connected.
      signal.throwIfAborted();
      this.up(connection);
      const onLost = (): void => {
        this.down(connection);
        lost.resolve();
      };
      onAbort(connection.lost, onLost);
      await abortable(lost.promise, signal);
      return performance.now() - upSinceMs;
    } catch (error) {
      await connection.close(error as Error);
      throw error;
    }
  }

  private up(connection: LiveConnection): void {
    const { role, log, metrics } = this.options;
    this.current = connection;
    this.failedAttempts = 0;
    if (this.connectedBefore) metrics.reconnected(role);
    this.connectedBefore = true;
    connection.model.on('blocked', (reason: string) => this.onBlocked(reason));
    connection.model.on('unblocked', () => this.onUnblocked());
    log.info({ connection: role }, 'connected to RabbitMQ');
    this.announce();
  }

  /** At once, not in the next turn: nobody is given a connection that is gone. */
  private down(connection: LiveConnection): void {
    const { role, log, endpoint } = this.options;
    this.current = undefined;
    this.onUnblocked();
    if (this.over !== undefined) return;
    const reason: unknown = connection.lost.reason;
    this.failure = reason instanceof Error ? reason.message : lossReport(endpoint, reason);
    log.warn({ connection: role, reason: this.failure }, 'connection to RabbitMQ lost');
  }

  private attemptFailed(error: unknown): void {
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
    const { role, log, tasks } = this.options;
    const block: Block = { reason, countedMs: performance.now() };
    this.blocked = block;
    this.unblocked.close();
    log.warn({ connection: role, reason }, 'RabbitMQ blocks publishers');
    tasks.run(`count how long RabbitMQ blocks (${role})`, async ({ signal }) => {
      while (this.blocked === block) {
        this.count(block);
        await sleep(COUNT_EVERY_MS, signal);
      }
    });
  }

  private onUnblocked(): void {
    if (this.blocked === undefined) return;
    this.count(this.blocked);
    this.blocked = undefined;
    this.unblocked.open();
  }

  /** Counts what has passed since it was counted last. */
  private count(block: Block): void {
    const nowMs = performance.now();
    this.options.metrics.blocked((nowMs - block.countedMs) / 1_000);
    block.countedMs = nowMs;
  }
}
