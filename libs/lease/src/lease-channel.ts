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
  definitionOf,
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
  declareExchanges,
  incomingMessage,
  sending,
  type Broker,
  type BrokerChannel,
  type OutgoingMessage,
} from '#broker';
import { Deferred, abortable, fullJitter, sleep } from '#supervisor';
import { context } from '@opentelemetry/api';
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

export interface LeasePublishOptions {
  readonly signal?: AbortSignal;
  /** Publish again, too, while no queue takes the message: its reader has never started. */
  readonly untilRouted?: boolean;
}

interface Question {
  readonly key: string;
  readonly answered: (answer: LeaseAnswer) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * An instance: one channel that publishes everything the instance says about leased work and consumes its control queue and its
 * direct replies. The control queue exists exactly as long as the channel: by that the instance is known to be alive. When the channel
 * is lost the instance is over; what begins next has a new id.
 */
export class LeaseChannel {
  private readonly questions = new Map<string, Question>();
  private refusal: string | undefined;

  private constructor(
    readonly instanceId: string,
    private readonly channel: BrokerChannel,
    private readonly parts: LeaseChannelParts,
  ) {
    this.lost.addEventListener('abort', () => this.questionsLost(), { once: true });
  }

  /** Begins the instance: control queue and replies. Rejects when the channel is lost meanwhile, or with the signal's reason. */
  static async open(
    instanceId: string,
    parts: LeaseChannelParts,
    signal: AbortSignal,
  ): Promise<LeaseChannel> {
    const channel = await parts.broker.openChannel('publish', signal);
    try {
      await declareExchanges(channel);
      const instance = new LeaseChannel(instanceId, channel, parts);
      await instance.listen();
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

  /** Why what it says is not taken; undefined while it is. */
  trouble(): string | undefined {
    return this.refusal;
  }

  /** Publishes `service.started`, until the record takes it. Rejects when the channel is lost, or with the signal's reason. */
  async announce(signal: AbortSignal): Promise<void> {
    const { instanceId } = this;
    const { processId, service, version, plugins } = this.parts;
    const started = { instanceId, processId, service, version, plugins };
    await this.publish(ServiceStarted, started, { signal, untilRouted: true });
  }

  /** Whether an answer about this key is awaited. */
  awaits(key: string): boolean {
    return [...this.questions.values()].some((question) => question.key === key);
  }

  /**
   * Asks to own a piece of work and waits for the answer, however long it takes; asks again every 5 s with the same request id.
   * Resolves with what `take` makes of the answer; it is called before anything else that arrives on the channel is read.
   * Rejects when the instance is over (ask again as the next one) or with the signal's reason.
   */
  async acquire<T>(key: string, take: (answer: LeaseAnswer) => T, signal: AbortSignal): Promise<T> {
    this.lost.throwIfAborted();
    const requestId = randomUUID();
    const taken = new Deferred<T>();
    const stop = new AbortController();
    this.questions.set(requestId, {
      key,
      // The channel is read in no trace; what the answer makes of the work belongs to the trace that the work came with.
      answered: context.bind(context.active(), (answer: LeaseAnswer) =>
        taken.resolve(take(answer)),
      ),
      failed: (error) => taken.rejectHandled(error),
    });
    const question = { key, instanceId: this.instanceId, requestId };
    const asking = this.keepAsking(question, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) taken.rejectHandled(error);
    });
    try {
      return await abortable(taken.promise, signal);
    } finally {
      this.questions.delete(requestId);
      stop.abort(new Error('answered or given up'));
      await asking;
    }
  }

  /**
   * Publishes on this channel and waits for the confirm. A refusal (full queue) is repeated until it is taken; with `untilRouted`
   * also a message whose reader has never started. Rejects when the channel is lost, or with the signal's reason.
   */
  async publish<T extends object>(
    contract: Contract<T>,
    body: T,
    { signal, untilRouted = false }: LeasePublishOptions = {},
  ): Promise<void> {
    const replyTo = contract === (AcquireLease as Contract) ? DIRECT_REPLY_QUEUE : undefined;
    const message = composeMessage(contract, body, { appId: this.parts.service }, { replyTo });
    await sending('publish', message, (traced) => this.untilTaken(traced, untilRouted, signal));
  }

  /** Ends the instance: its control queue is gone afterwards. */
  close(): Promise<void> {
    return this.channel.close();
  }

  private async listen(): Promise<void> {
    const { name, bindings, ...properties } = controlQueue(this.parts.service, this.instanceId);
    await this.channel.raw.assertQueue(name, properties);
    for (const { exchange, key } of bindings) {
      await this.channel.raw.bindQueue(name, exchange, key);
    }
    const consume = { noAck: true };
    await this.channel.consume(name, (delivery) => this.onControl(delivery), consume);
    await this.channel.consume(DIRECT_REPLY_QUEUE, (delivery) => this.onAnswer(delivery), consume);
  }

  private async untilTaken(
    message: OutgoingMessage,
    untilRouted: boolean,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { log, metrics } = this.parts.broker;
    const { type } = message.properties;
    metrics.published(type);
    const late = (error: unknown): void => log.debug({ err: error }, 'a lease event failed late');
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        await this.channel.writable(signal);
        const confirmed = this.channel.publish(message);
        await (signal ? abortable(confirmed, signal, late) : confirmed);
        this.refusal = undefined;
        return metrics.confirmed(type);
      } catch (error) {
        if (error instanceof UnroutableError) metrics.returned(type);
        signal?.throwIfAborted();
        this.lost.throwIfAborted();
        const again =
          error instanceof PublishRefusedError || (untilRouted && error instanceof UnroutableError);
        if (!again) throw error;
        this.refusal = error.message;
        metrics.republished(type);
        await sleep(fullJitter(attempt - 1, BACKOFF), signal);
      }
    }
  }

  private async keepAsking(question: AcquireLease, signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.publish(AcquireLease, question, { signal, untilRouted: true });
      await sleep(ASK_AGAIN_MS, signal);
    }
  }

  private questionsLost(): void {
    for (const { failed } of this.questions.values()) failed(this.lost.reason);
  }

  /** No span for what is heard here: a trace shows who asked and who answered, and the pings would bury it. */
  private onControl(delivery: ConsumeMessage): void {
    const message = this.read(delivery);
    if (message === undefined || !this.isChecked(delivery)) return;
    if (message instanceof LeasePing) this.parts.onPing(message, this);
    if (message instanceof CancelTask) this.parts.onCancel(message);
  }

  private onAnswer(delivery: ConsumeMessage): void {
    const message = this.read(delivery);
    const isAnswer =
      message instanceof LeaseGranted ||
      message instanceof LeaseHeld ||
      message instanceof LeaseClosed;
    if (!isAnswer) return;
    const question = this.questions.get(message.requestId);
    // An answer to no open question is ignored, and so is a second one (leases.md, W2).
    this.questions.delete(message.requestId);
    question?.answered(message);
  }

  /**
   * Whether the broker has checked who says it: by the message's own exchange, and not dead-lettered to that from another queue. By the
   * default exchange any service could end the work of others.
   */
  private isChecked(delivery: ConsumeMessage): boolean {
    const { type, exchange, userId, headers } = incomingMessage(delivery);
    if (exchange === definitionOf(type).exchange && headers['x-death'] === undefined) return true;
    this.parts.broker.log.warn(
      { type, exchange, userId },
      'control message ignored: nobody checked its sender',
    );
    return false;
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
