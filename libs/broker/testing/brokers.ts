import { randomUUID } from 'node:crypto';
import { Broker, type BrokerChannel, type BrokerOptions, type BrokerServer } from '#broker';
import { eventually } from '../../../tools/testing/eventually.ts';
import { freshBroker, type FreshBroker } from '../../../tools/testing/servers.ts';
import { RecordedLog } from './recorded-log.ts';
import { listening } from './transport.ts';

/** A virtual host of its own, the brokers that a test opens on it, and the transports that listen there. */
export class Brokers implements AsyncDisposable {
  readonly log = new RecordedLog();
  private readonly opened: Broker[] = [];
  private readonly transports: BrokerServer[] = [];

  readonly server: FreshBroker;

  private constructor(server: FreshBroker) {
    this.server = server;
  }

  static async fresh(): Promise<Brokers> {
    return new Brokers(await freshBroker());
  }

  get url(): string {
    return this.server.amqpUrl;
  }

  /** A broker that has begun to connect. */
  begin(options: Partial<BrokerOptions> = {}): Broker {
    const broker = new Broker({
      url: this.url,
      service: 'indexer',
      processId: randomUUID(),
      log: this.log,
      ...options,
    });
    this.opened.push(broker);
    broker.start();
    return broker;
  }

  /** A broker that is connected. */
  async open(options: Partial<BrokerOptions> = {}): Promise<Broker> {
    const broker = this.begin(options);
    await broker.ready();
    return broker;
  }

  /** Makes a transport listen, as `listening`; what its handlers are at in the end is aborted. */
  listen(transport: BrokerServer): Promise<BrokerServer> {
    this.transports.push(transport);
    return listening(transport);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.transports.map((transport) => transport.drain(0)));
    await Promise.all(this.opened.map((broker) => broker.close()));
    await this.server.drop();
  }
}

/** How many messages wait in a queue. */
export async function waitingIn(broker: Broker, queue: string): Promise<number> {
  return withChannel(broker, async (channel) => {
    const { messageCount } = await channel.raw.checkQueue(queue);
    return messageCount;
  });
}

/**
 * How many messages are left in a queue that nobody consumes any more. Waits until the queue knows that: what a closed channel
 * held returns to a quorum queue a moment after the channel is closed.
 */
export async function leftIn(broker: Broker, queue: string): Promise<number> {
  const { messageCount } = await eventually(`${queue} has no consumer`, async () => {
    const found = await withChannel(broker, (channel) => channel.raw.checkQueue(queue));
    return found.consumerCount === 0 && found;
  });
  return messageCount;
}

/** Does something on a channel of its own. */
export async function withChannel<T>(
  broker: Broker,
  use: (channel: BrokerChannel) => Promise<T>,
): Promise<T> {
  const channel = await broker.openChannel('publish');
  try {
    return await use(channel);
  } finally {
    await channel.close();
  }
}
