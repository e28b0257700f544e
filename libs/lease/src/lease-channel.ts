import {
  AcquireLease,
  CancelTask,
  LeaseClosed,
  LeaseGranted,
  LeaseHeld,
  LeasePing,
  LeasesResumed,
  ResumeLeases,
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
  type RawDelivery,
} from '#broker';
import { abortable, fullJitter, sleep } from '#supervisor';

const BACKOFF = { baseMs: 50, capMs: 2_000 };
const CONTROL = [LeasePing, CancelTask] as const;
const ANSWERS = [LeaseGranted, LeaseHeld, LeaseClosed, LeasesResumed] as const;
const QUESTIONS: readonly Contract[] = [AcquireLease, ResumeLeases];

/** What an instance hears: on its control queue, and in answer to what it asked. */
export type Heard = InstanceType<(typeof CONTROL)[number] | (typeof ANSWERS)[number]>;

/** Who is on a lease channel, and who listens to what it is told. */
export interface LeaseChannelParts {
  readonly broker: Broker;
  readonly service: ServiceName;
  readonly processId: string;
  readonly version: string;
  readonly plugins: readonly PluginDeclaration[];
  /** Hears every message in the order of its arrival, and is done with it when it returns. */
  readonly onMessage: (message: Heard) => void;
}

export interface LeasePublishOptions {
  readonly signal?: AbortSignal;
  /** Publish again, too, while no queue takes the message: its reader has never started. */
  readonly untilRouted?: boolean;
}

/**
 * An instance: one channel that publishes everything the instance says about leased work and consumes its control queue and its
 * direct replies. The control queue exists exactly as long as the channel: by that the instance is known to be alive. When the channel
 * is lost the instance is over; what begins next has a new id.
 */
export class LeaseChannel {
  private refusal: string | undefined;

  private constructor(
    readonly instanceId: string,
    private readonly channel: BrokerChannel,
    private readonly parts: LeaseChannelParts,
  ) {}

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

  /**
   * Publishes on this channel and waits for the confirm. A refusal (full queue) is repeated until it is taken; with `untilRouted`
   * also a message whose reader has never started. Rejects when the channel is lost, or with the signal's reason.
   */
  async publish<T extends object>(
    contract: Contract<T>,
    body: T,
    { signal, untilRouted = false }: LeasePublishOptions = {},
  ): Promise<void> {
    const replyTo = QUESTIONS.includes(contract) ? DIRECT_REPLY_QUEUE : undefined;
    const message = composeMessage(contract, body, { appId: this.parts.service }, { replyTo });
    await sending('publish', message, (traced) => this.untilTaken(traced, untilRouted, signal));
  }

  /** Ends the instance: its control queue is gone afterwards. */
  close(): Promise<void> {
    return this.channel.close();
  }

  /** No span for what is heard here: a trace shows who asked and who answered, and the pings would bury it. */
  private async listen(): Promise<void> {
    const { name, bindings, ...properties } = controlQueue(this.parts.service, this.instanceId);
    await this.channel.raw.assertQueue(name, properties);
    for (const { exchange, key } of bindings) {
      await this.channel.raw.bindQueue(name, exchange, key);
    }
    await this.hear(name, CONTROL);
    await this.hear(DIRECT_REPLY_QUEUE, ANSWERS);
  }

  private async hear(queue: string, contracts: readonly Contract<Heard>[]): Promise<void> {
    const isExpected = (message: object | undefined): message is Heard =>
      contracts.some((contract) => message instanceof contract);
    const onDelivery = (delivery: RawDelivery): void => {
      const message = this.read(delivery);
      if (isExpected(message) && this.isChecked(delivery)) this.parts.onMessage(message);
    };
    await this.channel.consume(queue, onDelivery, { noAck: true });
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

  /**
   * Whether the broker has checked who says it: by the message's own exchange, and not dead-lettered to that from another queue. By the
   * default exchange any service could end the work of others; it is for answers alone.
   */
  private isChecked(delivery: RawDelivery): boolean {
    const { type, exchange, userId, headers } = incomingMessage(delivery);
    if (exchange === definitionOf(type).exchange && headers['x-death'] === undefined) return true;
    this.parts.broker.log.warn(
      { type, exchange, userId },
      'control message ignored: nobody checked its sender',
    );
    return false;
  }

  private read(delivery: RawDelivery): object | undefined {
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
