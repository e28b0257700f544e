import { QUEUES, deadQueueOf, type LiveQueueName } from '#contracts';
import { declareExchanges, declareQueue } from '#broker';
import { freshBroker } from '../../tools/testing/servers.ts';
import { connectOurs } from './conditions.ts';

/** A virtual host of its own with one queue as our services declare it, while `use` runs. */
export async function withQueue<T>(
  queue: LiveQueueName,
  use: (amqpUrl: string) => Promise<T>,
): Promise<T> {
  const vhost = await freshBroker();
  try {
    const broker = await connectOurs(vhost.amqpUrl);
    const channel = await broker.openChannel('publish');
    await declareExchanges(channel);
    await declareQueue(channel, deadQueueOf(queue));
    await declareQueue(channel, queue);
    await broker.close();
    return await use(vhost.amqpUrl);
  } finally {
    await vhost.drop();
  }
}

/** `quorum` for every durable queue of ours. */
export function queueTypeOf(queue: LiveQueueName): string {
  return String(QUEUES[queue].arguments['x-queue-type']);
}
