import { DependencyUnavailableError, InvalidMessageError } from '#contracts';
import { Deferred, Gate, abortable, withTimeout, messageOf, onAbort } from '#supervisor';
import { IllegalOperationError, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import type { OutgoingMessage } from '../publish/outgoing-message.js';
import { PublishRefusedError, UnroutableError } from '../publish/publish-errors.js';
import type { LiveConnection } from './live-connection.js';
import { Returns } from './returns.js';

/** What a consumer asks of the broker. */
export interface ConsumeOptions {
  /** Deliveries need no acknowledgement: what is lost with the channel is lost. */
  readonly noAck?: boolean;
  /** How many deliveries may be unsettled. Default: any number. */
  readonly prefetch?: number;
  /** What this consumer is to be beside that, in the broker's words. */
  readonly arguments?: object;
}

/** A consumer that is given nothing. A broker that does not know credit gives it one delivery at most. */
const WITHOUT_CREDIT = {
  prefetch: 1,
  arguments: { 'x-credit': { credit: { '!': 'int64', value: 0 }, drain: false } },
};

/** What the broker gets to say goodbye, or to take the last acknowledgements; while an alarm blocks the connection it does not listen. */
const GOODBYE_MS = 3_000;

/**
 * One confirm channel of one connection. It never comes back: when it is gone, `lost` aborts and every
 * call fails; whoever needs another opens another. Settling a delivery after that is a no-op, because
 * after a reconnect delivery tags begin at 1 again and an old tag would settle somebody else's message.
 */
export class BrokerChannel {
  private readonly ended = new AbortController();
  private readonly closed = new Deferred();
  private readonly socketBuffer = new Gate({ open: true });
  private readonly allConfirmed = new Gate({ open: true });
  private readonly returns = new Returns();
  private unconfirmed = 0;
  /** An acknowledgement was sent, and may not have reached its queue. */
  private acknowledging = false;
  private goodbye: Promise<void> | undefined;

  private constructor(
    private readonly channel: ConfirmChannel,
    private readonly connection: LiveConnection,
  ) {}

  /**
   * Opens a channel. Throws the reason of the connection's `lost` when that dies meanwhile, the signal's reason, or a
   * `DependencyUnavailableError` when the broker gives no channel. A blocked broker makes it wait.
   */
  static async open(connection: LiveConnection, signal?: AbortSignal): Promise<BrokerChannel> {
    connection.lost.throwIfAborted();
    signal?.throwIfAborted();
    const opening = connection.model.createConfirmChannel();
    try {
      const raw = await (signal ? abortable(opening, signal, ignore) : opening);
      return new BrokerChannel(raw, connection).listen();
    } catch (error) {
      if (signal?.aborted) {
        // Should it open after all, nobody knows it.
        connection.tasks.run('close a channel that opened too late', (task) =>
          task.wait(opening.then((late) => late.close()).catch(ignore)),
        );
        throw signal.reason;
      }
      connection.lost.throwIfAborted();
      throw new DependencyUnavailableError(`RabbitMQ opens no channel: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Aborts, with the cause as reason, the moment the channel is gone or is being closed. */
  get lost(): AbortSignal {
    return this.ended.signal;
  }

  /** The channel as amqplib has it, for declaring topology and asking about queues. */
  get raw(): ConfirmChannel {
    return this.channel;
  }

  /**
   * Publishes once and waits for the broker's confirm.
   * Throws `UnroutableError` when a mandatory message was returned or its exchange does not exist (which costs the channel),
   * `PublishRefusedError` when the broker refused it (a full queue: another queue may have it all the same), the reason
   * of `lost` when the channel died first (whether the broker has it is unknown), and `InvalidMessageError` when
   * its headers cannot be encoded (64 KiB at most).
   */
  async publish(message: OutgoingMessage): Promise<void> {
    this.lost.throwIfAborted();
    const confirmed = new Deferred();
    const roomLeft = this.handOver(message, (error) => {
      const returned = this.returns.take(message);
      if (this.lost.aborted) confirmed.reject(this.whyLost(message));
      else if (error) confirmed.reject(new PublishRefusedError(message, { cause: error }));
      else if (returned) confirmed.reject(new UnroutableError(message));
      else confirmed.resolve();
    });
    if (!roomLeft) this.socketBuffer.close();
    await confirmed.promise;
  }

  /** Waits until the socket takes more, when the last publish filled its buffer. Throws the reason of `lost`, or the signal's. */
  writable(signal?: AbortSignal): Promise<void> {
    return this.socketBuffer.wait(signal);
  }

  /** Waits until every message published here is confirmed, refused, or lost. */
  settled(signal?: AbortSignal): Promise<void> {
    return this.allConfirmed.wait(signal);
  }

  /**
   * Consumes a queue and resolves with the consumer tag. When the broker cancels the consumer (its queue was deleted, its node
   * left), or `onDelivery` throws (a defect), the channel is closed: `lost` says so.
   */
  async consume(
    queue: string,
    onDelivery: (delivery: ConsumeMessage) => void,
    { prefetch, ...options }: ConsumeOptions = {},
  ): Promise<string> {
    if (prefetch !== undefined) await this.channel.prefetch(prefetch);
    const { consumerTag } = await this.channel.consume(
      queue,
      (delivery) => this.deliver(queue, delivery, onDelivery),
      options,
    );
    return consumerTag;
  }

  /** Stops a consumer; what it was given stays unsettled. */
  async cancel(consumerTag: string): Promise<void> {
    await this.channel.cancel(consumerTag);
  }

  /** Acknowledges one delivery of this channel; does nothing once the channel is gone. */
  ack(delivery: ConsumeMessage): void {
    this.ackTag(delivery.fields.deliveryTag, false);
  }

  /** The same by its tag; with `multiple` every unsettled delivery of the channel up to it too. */
  ackTag(deliveryTag: number, multiple: boolean): void {
    // It reads nothing else of a delivery.
    const delivery = { fields: { deliveryTag } } as ConsumeMessage;
    this.settle(() => this.channel.ack(delivery, multiple));
    this.acknowledging = true;
  }

  /**
   * Waits until a queue has got every acknowledgement that was sent here, at most 3 s. Before `close()` it saves work from being done
   * again: RabbitMQ holds back acknowledgements that come faster than a quorum queue takes them, more than about 32, and forgets
   * those with the channel (of 300, 266 messages came again on 3.10). To begin and end a consumer goes through the queue behind
   * them. Returns early when the channel is lost.
   */
  async acknowledged(queue: string): Promise<void> {
    if (this.lost.aborted || !this.acknowledging) return;
    this.acknowledging = false;
    const throughQueue = async (): Promise<void> =>
      this.cancel(await this.consume(queue, ignore, WITHOUT_CREDIT));
    const options = { signal: this.lost, onLateError: ignore };
    await withTimeout(throughQueue, GOODBYE_MS, options).catch(ignore);
  }

  /** Gives one delivery of this channel back; does nothing once the channel is gone. */
  requeue(delivery: ConsumeMessage): void {
    this.settle(() => this.channel.nack(delivery, false, true));
  }

  /**
   * Closes the channel: for everybody here it is gone at once. Resolves when the broker has said so too, or after 3 s without.
   * Safe to call twice, or after it was lost.
   */
  close(): Promise<void> {
    this.end(new DependencyUnavailableError('the channel was closed by this process'));
    this.goodbye ??= this.sayGoodbye();
    return this.goodbye;
  }

  private listen(): this {
    let cause: unknown;
    // Without an error listener, one failed declaration would close the whole connection.
    this.channel.on('error', (error) => {
      cause = error;
    });
    // Before amqplib fails the unconfirmed publishes, so that they see a lost channel, not a refusal.
    this.channel.prependListener('close', () => {
      const why = cause === undefined ? 'the channel or its connection was lost' : messageOf(cause);
      this.end(new DependencyUnavailableError(why, { cause }));
      this.closed.resolve();
    });
    this.channel.on('drain', () => this.socketBuffer.open());
    this.channel.on('return', (message) => this.returns.note(message));
    this.followConnection();
    return this;
  }

  private followConnection(): void {
    const { lost } = this.connection;
    const unfollow = onAbort(lost, () => this.end(lost.reason));
    onAbort(this.lost, unfollow);
  }

  private end(reason: unknown): void {
    if (this.lost.aborted) return;
    this.ended.abort(reason);
    this.socketBuffer.fail(reason);
  }

  private async sayGoodbye(): Promise<void> {
    // Rejects when it is being closed already, never settles when the connection dies meanwhile: the event comes in any case.
    this.channel.close().then(() => this.closed.resolve(), ignore);
    await withTimeout(this.closed.promise, GOODBYE_MS).catch(ignore);
  }

  private closeBecause(queue: string, reason: Error): void {
    this.end(reason);
    this.connection.tasks.run(`close channel of ${queue}`, () => this.close());
  }

  private handOver(message: OutgoingMessage, onFate: (error: unknown) => void): boolean {
    const { exchange, routingKey, body, properties } = message;
    try {
      const roomLeft = this.channel.publish(exchange, routingKey, body, properties, (error) => {
        this.unconfirmed -= 1;
        if (this.unconfirmed === 0) this.allConfirmed.open();
        onFate(error);
      });
      this.unconfirmed += 1;
      this.allConfirmed.close();
      return roomLeft;
    } catch (error) {
      throw isClosing(error)
        ? new DependencyUnavailableError('the channel is being closed', { cause: error })
        : new InvalidMessageError(
            'contract-violated',
            `${properties.type} cannot be encoded: ${messageOf(error)}`,
            { cause: error },
          );
    }
  }

  /** A missing exchange costs the channel; whoever published to it must not try again for ever, whoever did not must. */
  private whyLost(message: OutgoingMessage): unknown {
    const reason: unknown = this.lost.reason;
    const missing = `no exchange '${message.exchange}'`;
    return messageOf(reason).includes(missing) ? new UnroutableError(message, reason) : reason;
  }

  private deliver(
    queue: string,
    delivery: ConsumeMessage | null,
    onDelivery: (delivery: ConsumeMessage) => void,
  ): void {
    try {
      if (delivery !== null) return onDelivery(delivery);
      const why = `the broker cancelled the consumer of queue ${queue}: the queue was deleted or its node left`;
      this.closeBecause(queue, new DependencyUnavailableError(why));
    } catch (error) {
      const why = `a reader of queue ${queue} failed: ${messageOf(error)}`;
      this.closeBecause(queue, new DependencyUnavailableError(why, { cause: error }));
    }
  }

  private settle(send: () => void): void {
    if (this.lost.aborted) return;
    try {
      send();
    } catch (error) {
      // The closing handshake has begun: the broker redelivers what is not settled.
      if (!isClosing(error)) throw error;
    }
  }
}

function isClosing(error: unknown): boolean {
  return error instanceof IllegalOperationError;
}

const ignore = (): void => undefined;
