import { randomUUID } from 'node:crypto';
import {
  TargetsChanged,
  WorkOffered,
  parseMessage,
  type LiveQueueName,
  type TargetState,
} from '#contracts';
import { Broker, declareQueue, incomingMessage, type BrokerChannel } from '#broker';
import { LeaseClient, type Acquired, type Lease } from '#lease';
import { Gate, onAbort } from '#supervisor';
import { silentLog } from '#runtime';

/** A worker that does what a test says: takes offers, asks for leases, reports targets, on real queues. */
export class HandWorker {
  readonly processId = randomUUID();
  readonly broker: Broker;
  private readonly service: 'task-runner' | 'streamer';
  private readonly leases: LeaseClient;
  private readonly offers: WorkOffered[] = [];
  /** Open when there may be an offer, or a channel to be replaced. */
  private readonly news = new Gate();
  private channel: BrokerChannel | undefined;

  constructor(amqpUrl: string, service: 'task-runner' | 'streamer' = 'task-runner') {
    this.service = service;
    this.broker = new Broker({
      url: amqpUrl,
      service,
      processId: this.processId,
      heartbeatSeconds: 1,
      log: silentLog,
    });
    const plugins = [
      { name: 'ssh', description: '', schema: {}, idempotent: true, timeoutMs: 60_000 },
    ];
    this.leases = new LeaseClient({
      broker: this.broker,
      service,
      processId: this.processId,
      version: '0.1.0',
      plugins: service === 'task-runner' ? plugins : [],
    });
  }

  /** Declares its queue, becomes known to the record, and takes offers from then on. */
  async start(): Promise<void> {
    this.broker.start();
    const channel = await this.broker.openChannel('consume');
    await declare(channel, this.queue);
    await this.leases.start();
    await this.consume(channel);
  }

  /** The next offer; waits for it, across lost channels. */
  async nextOffer(): Promise<WorkOffered> {
    for (;;) {
      const offer = this.offers.shift();
      if (offer) return offer;
      if (this.channel?.lost.aborted) await this.consumeAgain(this.channel);
      else {
        this.news.close();
        await this.news.wait();
      }
    }
  }

  /** Whoever else waits for an offer leaves it to the first. */
  private async consumeAgain(lost: BrokerChannel): Promise<void> {
    this.channel = undefined;
    try {
      await this.consume(await this.broker.openChannel('consume'));
    } catch (error) {
      this.channel = lost;
      throw error;
    }
  }

  private get queue(): LiveQueueName {
    return `${this.service}.work`;
  }

  private async consume(channel: BrokerChannel): Promise<void> {
    this.channel = channel;
    onAbort(channel.lost, () => this.news.open());
    await channel.consume(
      this.queue,
      (delivery) => {
        const { type, body } = incomingMessage(delivery);
        this.offers.push(parseMessage(type, body) as WorkOffered);
        this.news.open();
        channel.ack(delivery);
      },
      { prefetch: 100 },
    );
  }

  /** Takes offers until one is granted; the others are held by somebody, or closed by now. */
  async takeWork(): Promise<Lease> {
    for (;;) {
      const { key } = await this.nextOffer();
      const acquired = await this.acquire(key);
      if (acquired.answer === 'granted') return acquired.lease;
    }
  }

  acquire(key: string): Promise<Acquired> {
    return this.leases.acquire(key);
  }

  /** Reports new states of targets, as their owner. */
  async report(lease: Lease, states: Readonly<Record<string, TargetState>>): Promise<void> {
    const { key, epoch } = lease;
    const changes = Object.entries(states).map(([target, state]) => ({
      target,
      state,
      attempt: 1,
    }));
    await lease.publish(TargetsChanged, { key, epoch, seq: lease.nextSeq(), changes });
  }

  /** Ends it in order. */
  async close(): Promise<void> {
    await this.leases.close();
    await this.broker.close();
  }

  /** Ends it without a word, as a crash does: the broker notices by the lost connections. */
  async vanish(): Promise<void> {
    await this.broker.close();
    await this.leases.close().catch(() => undefined);
  }
}

/** Declares a durable queue as its service would. */
export async function declare(channel: BrokerChannel, queue: LiveQueueName): Promise<void> {
  for (const name of [`${queue}.dead`, queue] as const) await declareQueue(channel, name);
}
