import { QUEUES, deadQueueOf, type LiveQueueName } from '#contracts';
import { declareExchanges, declareQueue } from '#broker';
import { freshBroker } from '../../tools/testing/servers.ts';
import { connectPlainly } from './amqplib.ts';
import { whileOpen, type Reading } from './reading.ts';
import { connectOurs } from './signalbox.ts';

/** A virtual host of its own with one queue as our services declare it, while `use` runs. */
export async function withQueue<T>(
  queue: LiveQueueName,
  use: (amqpUrl: string) => Promise<T>,
): Promise<T> {
  const vhost = await freshBroker();
  try {
    await whileOpen(await connectOurs(vhost.amqpUrl), async (broker) => {
      const channel = await broker.openChannel('publish');
      await declareExchanges(channel);
      await declareQueue(channel, deadQueueOf(queue));
      await declareQueue(channel, queue);
    });
    return await use(vhost.amqpUrl);
  } finally {
    await vhost.drop();
  }
}

/** What the numbers of every client depend on: the tests' broker (needs AMQP_URL), the queue, and how it is read. */
export async function conditionsOf({ queue, prefetch }: Reading) {
  const connection = await connectPlainly(process.env.AMQP_URL!);
  const { product, version } = connection.connection.serverProperties;
  await connection.close();
  return {
    broker: `${product} ${version}`,
    queueType: String(QUEUES[queue].arguments['x-queue-type']),
    prefetch,
    noDelay: true,
  };
}
