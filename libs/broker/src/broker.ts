import type { ServiceName } from '#contracts';
import { onAbort, type Supervisor } from '#supervisor';
import type { BrokerLog } from './broker-log.js';
import { BrokerTasks } from './broker-tasks.js';
import { NO_METRICS, type BrokerMetrics } from './broker-metrics.js';
import { BrokerChannel } from './connection/broker-channel.js';
import { ConnectionLink, type ConnectionRole } from './connection/connection-link.js';
import { userOf, type Endpoint } from './connection/endpoint.js';
import type { LiveConnection } from './connection/live-connection.js';
import { SharedChannel } from './connection/shared-channel.js';
import { Publisher } from './publish/publisher.js';
import { DIRECT_REPLY_QUEUE, Requester } from './request/requester.js';

export interface BrokerOptions extends Endpoint {
  /** Who connects: stands in every message's `appId` and in the connection names. */
  readonly service: ServiceName | 'cli';
  /** UUID of this process. */
  readonly processId: string;
  /** A frozen peer is noticed after three of them. Default 5. */
  readonly heartbeatSeconds?: number;
  /** How often connecting may fail in a row before whoever waits is told so. Default: it is tried for ever. */
  readonly connectAttempts?: number;
  readonly log: BrokerLog;
  readonly metrics?: BrokerMetrics;
}

/**
 * A process's two connections to RabbitMQ. One publishes (and takes answers), one consumes: an alarm of the broker
 * blocks publishers, and acknowledgements on the same connection would stall with them.
 * Both come back by themselves. Nothing happens before `start()`.
 */
export class Broker implements AsyncDisposable {
  readonly publisher: Publisher;
  readonly requester: Requester;
  readonly service: ServiceName | 'cli';
  readonly processId: string;
  /** The AMQP user of the URL; undefined when it names none. */
  readonly user: string | undefined;
  readonly log: BrokerLog;
  readonly metrics: BrokerMetrics;
  /** What the library does by itself; a transport's consumers are among it. */
  readonly tasks: BrokerTasks;
  /** The connection that deliveries come on. */
  readonly consuming: ConnectionLink;
  private readonly publishing: ConnectionLink;
  private readonly connectAttempts: number;

  constructor(options: BrokerOptions) {
    this.service = options.service;
    this.processId = options.processId;
    this.user = userOf(options.url);
    this.log = options.log;
    this.metrics = options.metrics ?? NO_METRICS;
    this.connectAttempts = options.connectAttempts ?? Infinity;
    this.tasks = new BrokerTasks(this.log);
    this.publishing = this.link('publish', options);
    this.consuming = this.link('consume', options);
    const shared = new SharedChannel(this.publishing, (connection, signal) =>
      this.openShared(connection, signal),
    );
    const sender = { appId: this.service, userId: this.user };
    this.publisher = new Publisher(shared, sender, this.log, this.metrics);
    this.requester = new Requester(shared, sender, this.log, this.metrics);
  }

  /** Begins to connect; returns at once. A second call does nothing. */
  start(): void {
    this.publishing.start();
    this.consuming.start();
  }

  /**
   * Resolves once both connections are up. Rejects with the signal's reason, or, after `connectAttempts` failures or `close()`,
   * with a `DependencyUnavailableError` that says where it looked and what to do.
   */
  async ready(signal?: AbortSignal): Promise<void> {
    await Promise.all([
      this.publishing.whenUp(signal, this.connectAttempts),
      this.consuming.whenUp(signal, this.connectAttempts),
    ]);
  }

  /** Runs the connections, and what else the library does by itself; `close()` closes it. For those who look. */
  get supervisor(): Supervisor {
    return this.tasks.supervisor;
  }

  /** Undefined when both connections work, else the reason. */
  trouble(): string | undefined {
    return this.tasks.trouble() ?? this.publishing.trouble() ?? this.consuming.trouble();
  }

  /**
   * A channel of one's own on one of the connections; waits until that is up, and on a blocked broker until the alarm is over.
   * Throws the signal's reason, or a `DependencyUnavailableError` after `close()` or when the connection is lost meanwhile.
   */
  async openChannel(role: ConnectionRole, signal?: AbortSignal): Promise<BrokerChannel> {
    const link = role === 'publish' ? this.publishing : this.consuming;
    return BrokerChannel.open(await link.whenUp(signal), signal);
  }

  /**
   * Closes both connections, every channel on them and what still consumes, within seconds. What waits for them is rejected; whether the broker has a
   * message that was not confirmed yet is unknown. Safe to call twice.
   */
  async close(): Promise<void> {
    await Promise.all([this.publishing.close(), this.consuming.close()]);
    await this.tasks.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private link(role: ConnectionRole, options: BrokerOptions): ConnectionLink {
    return new ConnectionLink({
      role,
      endpoint: { url: options.url, ...(options.tls && { tls: options.tls }) },
      connectionName: `${options.service} ${options.processId} ${role}`,
      heartbeatSeconds: options.heartbeatSeconds ?? 5,
      tasks: this.tasks,
      log: this.log,
      metrics: this.metrics,
    });
  }

  private async openShared(
    connection: LiveConnection,
    signal: AbortSignal,
  ): Promise<BrokerChannel> {
    const channel = await BrokerChannel.open(connection, signal);
    onAbort(channel.lost, () => this.requester.channelLost(channel));
    // Answers are consumed where requests are published: direct reply-to works within one channel only.
    await channel.consume(DIRECT_REPLY_QUEUE, (delivery) => this.requester.onReply(delivery), {
      noAck: true,
    });
    return channel;
  }
}
