import { DependencyUnavailableError } from '#contracts';
import { Deferred, Gate, abortable, fullJitter, sleep } from '#supervisor';
import { connect, type ChannelModel } from 'amqplib';
import type { BrokerLog } from '../broker-log.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import { connectAdvice } from './connect-advice.js';
import type { Endpoint } from './endpoint.js';

export type ConnectionRole = 'publish' | 'consume';

/** One connection while it lives. */
export interface LiveConnection {
  readonly model: ChannelModel;
  /** Aborts, with the error as reason, the moment the connection is gone. */
  readonly lost: AbortSignal;
}

export interface ConnectionLinkOptions {
  readonly role: ConnectionRole;
  readonly endpoint: Endpoint;
  /** Shown in RabbitMQ's management: `<service> <processId> <role>`. */
  readonly connectionName: string;
  readonly heartbeatSeconds: number;
  readonly log: BrokerLog;
  readonly metrics: BrokerMetrics;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Longest pause between two attempts; leases.md W7 asks for one at least every 2 s. */
const BACKOFF = { baseMs: 100, capMs: 2_000 };

/**
 * Keeps one connection to the broker up: connects, notices its end, connects again, for ever, with
 * full-jitter pauses (the first attempt after a loss is immediate). It restores nothing but the
 * connection: whoever needs channels waits for the next `whenUp()` and opens its own.
 */
export class ConnectionLink {
  private current: LiveConnection | undefined;
  private failure = 'not connected yet';
  private failedAttempts = 0;
  private blockedSince: number | undefined;
  private blockedReason = '';
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private readonly unblocked = new Gate({ open: true });
  /** Resolves at the next change of state: connected, an attempt failed, closed. */
  private change = new Deferred();

  constructor(private readonly options: ConnectionLinkOptions) {}

  /** Begins to connect; returns at once. A second call does nothing. */
  start(): void {
    this.running ??= this.keepConnected();
  }

  /** The connection, if there is one right now. */
  get live(): LiveConnection | undefined {
    return this.current;
  }

  /**
   * Waits until the connection is up. With `attempts`, gives up after that many failures in a row
   * and throws `DependencyUnavailableError` that says what to do; also after `close()`.
   */
  async whenUp(signal?: AbortSignal, attempts = Infinity): Promise<LiveConnection> {
    while (this.current === undefined) {
      if (this.stopping.signal.aborted || this.failedAttempts >= attempts) {
        throw new DependencyUnavailableError(this.failure);
      }
      await (signal ? abortable(this.change.promise, signal) : this.change.promise);
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
    if (this.blockedSince !== undefined) {
      return `RabbitMQ takes no publishes (${this.blockedReason}); free memory or disk on the broker`;
    }
    return undefined;
  }

  /** Ends the loop and the connection. Safe to call twice. */
  async close(): Promise<void> {
    this.failure = 'the connection was closed by this process';
    this.stopping.abort(new DependencyUnavailableError(this.failure));
    this.announce();
    const model = this.current?.model;
    // The broker may be gone already: then there is nothing left to close.
    await model?.close().catch(() => undefined);
    await this.running;
  }

  private async keepConnected(): Promise<void> {
    const { signal } = this.stopping;
    let everConnected = false;
    while (!signal.aborted) {
      try {
        const connection = await this.open();
        if (everConnected) this.options.metrics.reconnected(this.options.role);
        everConnected = true;
        await this.untilLost(connection);
      } catch (error) {
        this.attemptFailed(error);
        const pauseMs = fullJitter(this.failedAttempts, BACKOFF);
        await sleep(pauseMs, signal).catch(() => undefined);
      }
    }
  }

  private async open(): Promise<LiveConnection> {
    const { endpoint, heartbeatSeconds, connectionName } = this.options;
    const model = await connect(withHeartbeat(endpoint.url, heartbeatSeconds), {
      ...endpoint.tls,
      // amqplib's default delays small frames: request/reply takes 41 ms instead of 0.35 ms.
      noDelay: true,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: connectionName },
    });
    const ended = new AbortController();
    let cause: Error | undefined;
    // Without an error listener, one network error would end the process.
    model.on('error', (error) => {
      cause = error;
    });
    model.on('close', (error) => {
      ended.abort(
        new DependencyUnavailableError(
          connectAdvice(endpoint, cause ?? error ?? new Error('connection closed')),
          { cause: cause ?? error },
        ),
      );
    });
    model.on('blocked', (reason) => this.onBlocked(reason));
    model.on('unblocked', () => this.onUnblocked());
    return { model, lost: ended.signal };
  }

  private async untilLost(connection: LiveConnection): Promise<void> {
    const { role, log, endpoint } = this.options;
    if (this.stopping.signal.aborted) return connection.model.close();
    this.current = connection;
    this.failedAttempts = 0;
    log.info({ connection: role }, 'connected to RabbitMQ');
    this.announce();

    const lost = new Deferred();
    connection.lost.addEventListener('abort', () => lost.resolve(), { once: true });
    if (!connection.lost.aborted) await lost.promise;

    this.current = undefined;
    this.onUnblocked();
    if (this.stopping.signal.aborted) return;
    const reason: unknown = connection.lost.reason;
    this.failure = reason instanceof Error ? reason.message : connectAdvice(endpoint, reason);
    log.warn({ connection: role, reason: this.failure }, 'connection to RabbitMQ lost');
  }

  private attemptFailed(error: unknown): void {
    const { role, log, endpoint } = this.options;
    const failure = connectAdvice(endpoint, error);
    this.failedAttempts += 1;
    // One line per change of reason, not one per attempt.
    if (this.failedAttempts === 1 || failure !== this.failure) {
      log.warn({ connection: role, reason: failure }, 'cannot connect to RabbitMQ; trying again');
    }
    this.failure = failure;
    this.announce();
  }

  private announce(): void {
    this.change.resolve();
    this.change = new Deferred();
  }

  private onBlocked(reason: string): void {
    this.blockedSince ??= performance.now();
    this.blockedReason = reason;
    this.unblocked.close();
    this.options.log.warn({ connection: this.options.role, reason }, 'RabbitMQ blocks publishers');
  }

  private onUnblocked(): void {
    if (this.blockedSince === undefined) return;
    this.options.metrics.blocked((performance.now() - this.blockedSince) / 1_000);
    this.blockedSince = undefined;
    this.unblocked.open();
  }
}

function withHeartbeat(url: string, seconds: number): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(seconds));
  return parsed.href;
}
