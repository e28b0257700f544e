import { randomUUID } from 'node:crypto';
import {
  Broker,
  NO_LOG,
  UnroutableError,
  declareExchanges,
  declareQueue,
  type BrokerLog,
  type BrokerServer,
  type DeliveryContext,
} from '#broker';
import { deadQueueOf, type IndexDocuments, type LiveQueueName } from '#contracts';
import { sleep } from '#supervisor';
import { eventually } from '../../../tools/testing/eventually.ts';
import { leftIn, waitingIn, withChannel } from '../testing/brokers.ts';
import { publishDocument } from '../testing/documents.ts';
import { listening, transportOf } from '../testing/transport.ts';
import { AmqpProxy } from './amqp-proxy.ts';
import { CountedMetrics } from './counted-metrics.ts';
import type { Ground } from './ground.ts';
import { Ledger } from './ledger.ts';

export const QUEUE = 'indexer.documents';

/** How many documents are on their way to the broker at once. */
const PUBLISHERS = 64;
const PREFETCH = 32;
/** Long enough for a cut to find handlers that run: what was settled too early is lost then. */
const LONGEST_WORK_MS = 20;
/** What a heartbeat may take to notice, and the rest to be handled. */
const PATIENCE_MS = 45_000;

/** What a fault test does with a document, once it is in the ledger. */
export type Work = (id: string, context: DeliveryContext) => Promise<void>;

export interface StageOptions {
  readonly ground: Ground;
  readonly messages: number;
  /** Numbers from 0 up to 1. */
  readonly random: () => number;
  readonly heartbeatSeconds: number;
}

/**
 * One publisher and one consumer of documents on a broker, over a proxy that can do harm, with a ledger of all that goes through.
 */
export class Stage implements AsyncDisposable {
  readonly ledger = new Ledger();
  readonly counted = new CountedMetrics();
  /** What was logged as an error. */
  readonly errors: string[] = [];
  /** Publishes and consumes, through the proxy. */
  readonly broker: Broker;
  /** Looks, past the proxy. */
  readonly onlooker: Broker;
  readonly ground: Ground;
  readonly proxy: AmqpProxy;
  readonly messages: number;
  readonly random: () => number;
  private readonly transports: BrokerServer[] = [];

  private constructor(options: StageOptions, proxy: AmqpProxy) {
    this.ground = options.ground;
    this.messages = options.messages;
    this.random = options.random;
    this.proxy = proxy;
    const { heartbeatSeconds, ground } = options;
    const log: BrokerLog = {
      ...NO_LOG,
      error: (facts, message) => void this.errors.push(`${message} ${JSON.stringify(facts)}`),
    };
    const { metrics } = this.counted;
    const url = proxy.through(ground.amqpUrl);
    const who = { service: 'indexer' as const, processId: randomUUID() };
    this.broker = new Broker({ ...who, url, log, metrics, heartbeatSeconds });
    this.onlooker = new Broker({ ...who, url: ground.amqpUrl, log: NO_LOG });
  }

  static async open(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options, await AmqpProxy.to(options.ground.amqpUrl));
    stage.broker.start();
    stage.onlooker.start();
    await Promise.all([stage.broker.ready(), stage.onlooker.ready()]);
    return stage;
  }

  /** Consumes documents; each is settled in the ledger when `work` has ended. By default that takes a moment, and is stopped by its signal. */
  async consume(
    work: Work = (_, { signal }) => sleep(this.random() * LONGEST_WORK_MS, signal),
  ): Promise<BrokerServer> {
    const queues = [{ queue: QUEUE, prefetch: PREFETCH }] as const;
    const handlers = { 'document.index': this.handler(work) };
    return this.listen(transportOf(this.broker, queues, handlers));
  }

  /** What a handler of documents does for the ledger around its work. */
  handler(work: Work): (body: IndexDocuments, context: DeliveryContext) => Promise<void> {
    return async ({ documents }, context) => {
      for (const { id } of documents) {
        this.ledger.noteDelivered(String(id), context.message.redelivered);
        await work(String(id), context);
        // Told to stop, it returns in vain: its delivery is the broker's again.
        if (!context.signal.aborted) this.ledger.noteSettled(String(id));
      }
    };
  }

  /** Makes a transport listen, and ends it with the stage. */
  listen(transport: BrokerServer): Promise<BrokerServer> {
    this.transports.push(transport);
    return listening(transport);
  }

  /** Publishes documents, some at once; all of them when no range is given. What cannot be routed just now is published again. */
  async publish(from = 0, to = this.messages): Promise<void> {
    let next = from;
    const publishNext = async (): Promise<void> => {
      while (next < to) {
        const id = `m-${next}`;
        next += 1;
        await this.publishOne(id);
        this.ledger.noteConfirmed(id);
      }
    };
    await Promise.all(Array.from({ length: PUBLISHERS }, publishNext));
  }

  /** Resolves when this share of the messages is confirmed, give or take a tenth that the seed decides. */
  async atAbout(share: number): Promise<void> {
    const drawn = share + (this.random() - 0.5) / 5;
    await this.ledger.untilConfirmed(Math.max(1, Math.floor(drawn * this.messages)));
  }

  /** Resolves when all that was confirmed is settled; what never is, the ledger has as lost. */
  async allSettled(): Promise<void> {
    const settled = (): boolean => this.ledger.missing.length === 0;
    await eventually('all is settled', settled, PATIENCE_MS).catch(() => undefined);
  }

  /** Declares the exchanges and some queues before anybody consumes them. */
  async declare(queues: readonly LiveQueueName[] = [QUEUE]): Promise<void> {
    await withChannel(this.onlooker, async (channel) => {
      await declareExchanges(channel);
      for (const queue of queues) {
        await declareQueue(channel, deadQueueOf(queue));
        await declareQueue(channel, queue);
      }
    });
  }

  /** Deletes a queue with all that is in it. */
  async deleteQueue(queue: string): Promise<void> {
    await withChannel(this.onlooker, (channel) => channel.raw.deleteQueue(queue));
  }

  /** How many messages wait in a queue. */
  waiting(queue: string): Promise<number> {
    return waitingIn(this.onlooker, queue);
  }

  /** Ends the consumers in order; resolves with how many messages are left in the queue then. */
  async left(): Promise<number> {
    await Promise.all(this.transports.map((transport) => transport.drain(5_000)));
    return leftIn(this.onlooker, QUEUE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.transports.map((transport) => transport.drain(0)));
    await Promise.all([this.broker.close(), this.onlooker.close()]);
    await this.proxy[Symbol.asyncDispose]();
  }

  private async publishOne(id: string): Promise<void> {
    for (;;) {
      try {
        return await publishDocument(this.broker, id, { messageId: id });
      } catch (error) {
        if (!(error instanceof UnroutableError)) throw error;
        await sleep(20);
      }
    }
  }
}
