import { DependencyUnavailableError } from '#contracts';
import { Deferred, Gate } from '#supervisor';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { OutgoingMessage } from '../publish/outgoing-message.js';
import { PublishRefusedError, UnroutableError } from '../publish/publish-errors.js';
import type { LiveConnection } from './connection-link.js';

/** What a consumer asks of the broker. */
export interface ConsumeOptions {
  readonly noAck?: boolean;
  readonly exclusive?: boolean;
}

/**
 * One confirm channel of one connection. It never comes back: when it is gone, `lost` aborts and every
 * call fails; whoever needs another opens another. Settling a delivery after that is a no-op, because
 * after a reconnect delivery tags begin at 1 again and an old tag would settle somebody else's message.
 */
export class BrokerChannel {
  private readonly ended = new AbortController();
  private readonly socketBuffer = new Gate({ open: true });
  private readonly allConfirmed = new Gate({ open: true });
  private readonly returnedIds = new Map<string, number>();
  private unconfirmedCount = 0;

  private constructor(
    private readonly channel: ConfirmChannel,
    private readonly connection: LiveConnection,
  ) {}

  /** Opens a channel; throws `DependencyUnavailableError` when the connection dies meanwhile. */
  static async open(connection: LiveConnection): Promise<BrokerChannel> {
    connection.lost.throwIfAborted();
    const raw = await connection.model.createConfirmChannel();
    const channel = new BrokerChannel(raw, connection);
    channel.listen();
    return channel;
  }

  /** Aborts, with the cause as reason, the moment the channel is gone. */
  get lost(): AbortSignal {
    return this.ended.signal;
  }

  /** Messages handed over whose confirm has not arrived. */
  get unconfirmed(): number {
    return this.unconfirmedCount;
  }

  /** The channel as amqplib has it, for declaring topology and asking about queues. */
  get raw(): ConfirmChannel {
    return this.channel;
  }

  /**
   * Publishes once and waits for the broker's confirm.
   * Throws `UnroutableError` when a mandatory message was returned, `PublishRefusedError` when the broker
   * refused it (a full queue: another queue may have it all the same), and the reason of `lost` when the
   * channel died first (whether the broker has it is unknown).
   */
  async publish(message: OutgoingMessage): Promise<void> {
    this.lost.throwIfAborted();
    const { promise, resolve, reject } = new Deferred();
    this.unconfirmedCount += 1;
    this.allConfirmed.close();
    const roomLeft = this.channel.publish(
      message.exchange,
      message.routingKey,
      message.body,
      message.properties,
      (error: unknown) => {
        this.unconfirmedCount -= 1;
        if (this.unconfirmedCount === 0) this.allConfirmed.open();
        if (this.lost.aborted) reject(this.lost.reason);
        else if (error) reject(new PublishRefusedError(message, { cause: error }));
        else if (this.takeReturn(message.properties.messageId))
          reject(new UnroutableError(message));
        else resolve();
      },
    );
    if (!roomLeft) this.socketBuffer.close();
    await promise;
  }

  /** Waits until the socket takes more, when the last publish filled its buffer. */
  writable(signal?: AbortSignal): Promise<void> {
    return this.socketBuffer.wait(signal);
  }

  /** Waits until every message published here is confirmed, refused, or lost. */
  settled(signal?: AbortSignal): Promise<void> {
    return this.allConfirmed.wait(signal);
  }

  /**
   * Consumes a queue and resolves with the consumer tag. When the broker cancels the consumer
   * (its queue was deleted, its node left), the channel is closed: `lost` says so.
   */
  async consume(
    queue: string,
    onDelivery: (delivery: ConsumeMessage) => void,
    options: ConsumeOptions & { readonly prefetch?: number } = {},
  ): Promise<string> {
    const { prefetch, ...rest } = options;
    if (prefetch !== undefined) await this.channel.prefetch(prefetch);
    const { consumerTag } = await this.channel.consume(
      queue,
      (delivery) => {
        if (delivery === null) this.cancelledByBroker(queue);
        else onDelivery(delivery);
      },
      rest,
    );
    return consumerTag;
  }

  /** Stops a consumer; what it was given stays unsettled. */
  async cancel(consumerTag: string): Promise<void> {
    await this.channel.cancel(consumerTag);
  }

  /** Acknowledges one delivery of this channel; does nothing once the channel is gone. */
  ack(delivery: ConsumeMessage): void {
    if (!this.lost.aborted) this.channel.ack(delivery);
  }

  /** Gives one delivery of this channel back; does nothing once the channel is gone. */
  requeue(delivery: ConsumeMessage): void {
    if (!this.lost.aborted) this.channel.nack(delivery, false, true);
  }

  /** Closes the channel. Safe to call twice, or after it was lost. */
  async close(): Promise<void> {
    if (this.lost.aborted) return;
    // The connection may die while it closes: then the channel is closed too.
    await this.channel.close().catch(() => undefined);
    this.end(new DependencyUnavailableError('the channel was closed by this process'));
  }

  private listen(): void {
    let cause: unknown;
    // Without an error listener, one failed declaration would close the whole connection.
    this.channel.on('error', (error) => {
      cause = error;
    });
    // Before amqplib fails the unconfirmed publishes, so that they see a lost channel, not a refusal.
    this.channel.prependListener('close', () => {
      const message = cause instanceof Error ? cause.message : 'the channel was closed';
      this.end(new DependencyUnavailableError(message, { cause }));
    });
    this.channel.on('drain', () => this.socketBuffer.open());
    this.channel.on('return', (message) => {
      const id = String(message.properties.messageId);
      this.returnedIds.set(id, (this.returnedIds.get(id) ?? 0) + 1);
    });
    const connectionLost = (): void => this.end(this.connection.lost.reason);
    this.connection.lost.addEventListener('abort', connectionLost, { once: true });
    this.lost.addEventListener(
      'abort',
      () => this.connection.lost.removeEventListener('abort', connectionLost),
      { once: true },
    );
    if (this.connection.lost.aborted) connectionLost();
  }

  private end(reason: unknown): void {
    if (this.lost.aborted) return;
    this.ended.abort(reason);
    this.socketBuffer.fail(reason);
  }

  private cancelledByBroker(queue: string): void {
    const reason = new DependencyUnavailableError(
      `the broker cancelled the consumer of queue ${queue}: the queue was deleted or its node left`,
    );
    this.end(reason);
    void this.channel.close().catch(() => undefined);
  }

  // A message is returned before it is confirmed; the two have only the message id in common.
  private takeReturn(messageId: string | undefined): boolean {
    const count = this.returnedIds.get(String(messageId)) ?? 0;
    if (count === 0) return false;
    if (count === 1) this.returnedIds.delete(String(messageId));
    else this.returnedIds.set(String(messageId), count - 1);
    return true;
  }
}
