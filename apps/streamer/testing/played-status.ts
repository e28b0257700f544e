import { randomUUID } from 'node:crypto';
import { Broker, incomingMessage } from '#broker';
import type { BrokerChannel, IncomingMessage, RawDelivery } from '#broker';
import {
  AcquireLease,
  EXCHANGES,
  LeaseGranted,
  LeasePing,
  LeaseReleased,
  QUEUES,
  StreamFailed,
  StreamReport,
  StreamStopped,
  WorkOffered,
  decodeDocuments,
  parseMessage,
} from '#contracts';
import type { IndexDocument, LeaseState, QueueName, StreamGrant, StreamPosition } from '#contracts';
import { silentLog } from '#runtime';
import { Answers } from './answers.js';

const DECLARED: readonly QueueName[] = [
  'status.record.dead',
  'status.record',
  'indexer.documents.dead',
  'indexer.documents',
];
const NO_MARKS = { cancelled: null, revoked: false, paused: false } as const;

/**
 * Plays status and the indexer on a real broker, for one stream: offers it, grants its lease to
 * whoever asks, keeps what is said about it, and takes its documents.
 */
export class PlayedStatus {
  /** Every message to the record, in order. */
  readonly said: { readonly type: string; readonly body: object }[] = [];
  readonly documents = new Map<string, IndexDocument>();
  /** How many documents were delivered, repeats included. */
  delivered = 0;
  owner: string | undefined;
  epoch = 0;
  readonly #broker: Broker;
  readonly #channels: BrokerChannel[] = [];
  readonly #key: string;
  readonly #answers = new Answers('status');
  #grant: StreamGrant | undefined;
  #position: StreamPosition | undefined;

  private constructor(amqpUrl: string, streamId: string) {
    this.#key = `stream/${streamId}`;
    this.#broker = new Broker({
      url: amqpUrl,
      service: 'status',
      processId: randomUUID(),
      log: silentLog,
    });
  }

  static async play(amqpUrl: string, streamId: string): Promise<PlayedStatus> {
    const status = new PlayedStatus(amqpUrl, streamId);
    await status.#begin();
    return status;
  }

  /** What the newest event says of the stream. */
  get report(): StreamReport | undefined {
    return this.#reports().at(-1);
  }

  /** Whether the stream was closed by its owner. */
  get isClosed(): boolean {
    return this.said.some(
      ({ body }) => body instanceof StreamStopped || body instanceof StreamFailed,
    );
  }

  /** Whether the present epoch's owner gave the stream back. */
  get isReleased(): boolean {
    return this.said.some(({ body }) => body instanceof LeaseReleased && body.epoch === this.epoch);
  }

  typesOf(epoch: number): string[] {
    return this.said
      .filter(({ body }) => 'epoch' in body && body.epoch === epoch)
      .map(({ type }) => type);
  }

  /** Offers the stream in a new epoch, to go on where the last one stood. */
  async offer(grant?: StreamGrant): Promise<void> {
    this.#grant = grant ?? this.#grant;
    this.#position = this.#reports().findLast(({ position }) => position !== undefined)?.position;
    this.owner = undefined;
    this.epoch += 1;
    await this.#broker.publisher.publish(WorkOffered, { key: this.#key, epoch: this.epoch });
  }

  /** Tells the owner that the stream is to stop, or that newer settings wait. */
  async ping(marks: Partial<Omit<LeaseState, 'key' | 'epoch'>>): Promise<void> {
    const lease = { key: this.#key, epoch: this.epoch, ...NO_MARKS, ...marks };
    await this.#broker.publisher.publish(
      LeasePing,
      { leases: [lease] },
      { address: this.owner ?? '' },
    );
  }

  async messagesIn(queue: QueueName): Promise<number> {
    const channel = await this.#broker.openChannel('consume');
    const { messageCount } = await channel.raw.checkQueue(queue);
    await channel.close();
    return messageCount;
  }

  /** Throws what an answer to an owner failed with. */
  async close(): Promise<void> {
    try {
      await this.#answers.close();
    } finally {
      for (const channel of this.#channels) await channel.close();
      await this.#broker.close();
    }
  }

  async #begin(): Promise<void> {
    this.#broker.start();
    const channel = await this.#broker.openChannel('consume');
    for (const { name, type } of Object.values(EXCHANGES)) {
      await channel.raw.assertExchange(name, type, { durable: true });
    }
    for (const name of DECLARED) {
      const { arguments: args, bindings } = QUEUES[name];
      await channel.raw.assertQueue(name, { durable: true, arguments: args });
      for (const { exchange, key } of bindings) await channel.raw.bindQueue(name, exchange, key);
    }
    await channel.close();
    await this.#consume('status.record', (message) => this.#record(message));
    await this.#consume('indexer.documents', (message) => this.#index(message));
  }

  async #consume(queue: QueueName, take: (message: IncomingMessage) => void): Promise<void> {
    const channel = await this.#broker.openChannel('consume');
    this.#channels.push(channel);
    const onDelivery = (delivery: RawDelivery): void => {
      take(incomingMessage(delivery));
      channel.ack(delivery);
    };
    await channel.consume(queue, onDelivery, { prefetch: 100 });
  }

  #record(message: IncomingMessage): void {
    const body = parseMessage(message.type, message.body);
    this.said.push({ type: message.type, body });
    if (!(body instanceof AcquireLease)) return;
    this.#answers.begin(`grant ${body.key}`, () => this.#answer(body, message));
  }

  #index({ body }: IncomingMessage): void {
    for (const document of decodeDocuments(body)) {
      this.documents.set(document.id, document);
      this.delivered += 1;
    }
  }

  async #answer(
    { key, instanceId, requestId }: AcquireLease,
    asked: IncomingMessage,
  ): Promise<void> {
    if (this.#grant === undefined) return;
    this.owner = instanceId;
    const { settings, bounds } = this.#grant;
    const position = this.#position && { position: this.#position };
    await this.#broker.publisher.publish(
      LeaseGranted,
      {
        key,
        requestId,
        epoch: this.epoch,
        ...NO_MARKS,
        requestedBy: 'test',
        stream: { settings, bounds, ...position },
      },
      { address: asked.replyTo ?? '' },
    );
  }

  #reports(): StreamReport[] {
    return this.said.flatMap(({ body }) => (body instanceof StreamReport ? [body] : []));
  }
}
