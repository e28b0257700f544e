import { randomUUID } from 'node:crypto';
import {
  AcquireLease,
  CancelTask,
  LeaseClosed,
  LeaseGranted,
  LeaseHeld,
  LeasePing,
  ServiceStarted,
  controlQueue,
  parseMessage,
  type Contract,
  type PluginDeclaration,
  type ServiceName,
} from '#contracts';
import {
  DIRECT_REPLY_QUEUE,
  PublishRefusedError,
  UnroutableError,
  composeMessage,
  incomingMessage,
  type Broker,
  type BrokerChannel,
} from '#broker';
import { Deferred, abortable, fullJitter, sleep } from '#supervisor';
import type { ConsumeMessage } from 'amqplib';

const ASK_AGAIN_MS = 5_000;
const BACKOFF = { baseMs: 50, capMs: 2_000 };

/** What status answers to `lease.acquire`. */
export type LeaseAnswer = LeaseGranted | LeaseHeld | LeaseClosed;

/** Who is on a lease channel, and who listens to what it is told. */
export interface LeaseChannelParts {
  readonly broker: Broker;
  readonly service: ServiceName;
  readonly processId: string;
  readonly version: string;
  readonly plugins: readonly PluginDeclaration[];
  readonly onPing: (ping: LeasePing, channel: LeaseChannel) => void;
  readonly onCancel: (command: CancelTask) => void;
}

/**
 * An instance: one channel that publishes everything the instance says about leased work and consumes its control queue and its
 * direct replies. The control queue exists exactly as long as the channel: by that the instance is known to be alive. When the channel
 * is lost the instance is over; what begins next has a new id.
 */
export class LeaseChannel {
  private readonly questions = new Map<string, { key: string; answer: Deferred<LeaseAnswer> }>();

  private constructor(
    readonly instanceId: string,
    private readonly channel: BrokerChannel,
    private readonly parts: LeaseChannelParts,
  ) {}

  /**
   * Opens the `n`-th instance of this process: control queue and replies first, then `service.started`, repeated until the
   * record takes it. Rejects when the channel is lost meanwhile, or with the signal's reason.
   */
  static async open(
    n: number,
    parts: LeaseChannelParts,
    signal: AbortSignal,
  ): Promise<LeaseChannel> {
    const { broker, service, processId, version, plugins } = parts;
    const channel = await broker.openChannel('publish', signal);
    const instance = new LeaseChannel(`${processId}.${n}`, channel, parts);
    try {
      await instance.listen();
      const { instanceId } = instance;
      await instance.publish(
        ServiceStarted,
        { instanceId, processId, service, version, plugins },
        { signal, untilRouted: true },
      );
      return instance;
    } catch (error) {
      await channel.close();
      throw error;
    }
  }

  /** Aborts the moment the instance is over. */
  get lost(): AbortSignal {
    return this.channel.lost;
  }

  /** Whether an answer about this key is awaited. */
  awaits(key: string): boolean {
    return [...this.questions.values()].some((question) => question.key === key);
  }

  /**
   * Asks to own a piece of work and waits for the answer, however long it takes; asks again every 5 s with the same request id.
   * Rejects when the instance is over (ask again as the next one) or with the signal's reason.
   */
  async acquire(key: string, signal?: AbortSignal): Promise<LeaseAnswer> {
    const requestId = randomUUID();
    const question = { key, answer: new Deferred<LeaseAnswer>() };
    const failed = (): void => question.answer.rejectHandled(this.lost.reason);
    this.questions.set(requestId, question);
    this.lost.addEventListener('abort', failed, { once: true });
    const asking = new AbortController();
    try {
      void this.keepAsking({ key, instanceId: this.instanceId, requestId }, asking.signal);
      return await (signal ? abortable(question.answer.promise, signal) : question.answer.promise);
    } finally {
      asking.abort();
      this.lost.removeEventListener('abort', failed);
      this.questions.delete(requestId);
    }
  }

  /**
   * Publishes on this channel and waits for the confirm. A refusal (full queue) is repeated until it is taken; with `untilRouted`
   * also a message whose reader has never started. Rejects when the channel is lost, or with the signal's reason.
   */
  async publish<T extends object>(
    contract: Contract<T>,
    body: T,
    { signal, untilRouted = false }: { signal?: AbortSignal; untilRouted?: boolean } = {},
  ): Promise<void> {
    const message = composeMessage(contract, body, this.parts.service, {
      replyTo: contract === (AcquireLease as Contract) ? DIRECT_REPLY_QUEUE : undefined,
    });
    for (let attempt = 0; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        await this.channel.writable(signal);
        const confirmed = this.channel.publish(message);
        return await (signal ? abortable(confirmed, signal, () => undefined) : confirmed);
      } catch (error) {
        const again =
          error instanceof PublishRefusedError || (untilRouted && error instanceof UnroutableError);
        if (!again) throw error;
        await sleep(fullJitter(attempt, BACKOFF), signal);
      }
    }
  }

  /** Ends the instance in good order: its control queue is gone afterwards. */
  async close(): Promise<void> {
    await this.channel.settled();
    await this.channel.close();
  }

  private async listen(): Promise<void> {
    const queue = controlQueue(this.parts.service, this.instanceId);
    const { durable, exclusive, autoDelete } = queue;
    await this.channel.raw.assertQueue(queue.name, {
      durable,
      exclusive,
      autoDelete,
      arguments: queue.arguments,
    });
    for (const { exchange, key } of queue.bindings) {
      await this.channel.raw.bindQueue(queue.name, exchange, key);
    }
    const consume = { noAck: true };
    await this.channel.consume(queue.name, (delivery) => this.onControl(delivery), consume);
    await this.channel.consume(DIRECT_REPLY_QUEUE, (delivery) => this.onAnswer(delivery), consume);
  }

  private async keepAsking(question: AcquireLease, signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.publish(AcquireLease, question, { signal, untilRouted: true });
        await sleep(ASK_AGAIN_MS, signal);
      }
    } catch {
      // Answered, given up, or the channel is lost: whoever asks hears of it by the answer.
    }
  }

  private onControl(delivery: ConsumeMessage): void {
    const message = this.read(delivery);
    if (message instanceof LeasePing) this.parts.onPing(message, this);
    if (message instanceof CancelTask) this.parts.onCancel(message);
  }

  private onAnswer(delivery: ConsumeMessage): void {
    const message = this.read(delivery);
    const isAnswer =
      message instanceof LeaseGranted ||
      message instanceof LeaseHeld ||
      message instanceof LeaseClosed;
    // An answer to no open question is ignored (leases.md, W2).
    if (isAnswer) this.questions.get(message.requestId)?.answer.resolve(message);
  }

  private read(delivery: ConsumeMessage): object | undefined {
    const { type, body } = incomingMessage(delivery);
    try {
      return parseMessage(type, body);
    } catch (error) {
      // Nobody can be told: the control queue has no dead letters. The record says it again, or somebody else does.
      this.parts.broker.log.warn(
        { type, err: error },
        'control message ignored: it cannot be read',
      );
      return undefined;
    }
  }
}
