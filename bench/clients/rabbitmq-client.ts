import { Connection, type ConsumerHandler } from 'rabbitmq-client';
import type { Contract } from '#contracts';
import { propertiesOf } from './amqplib.ts';
import type { Closable, Reading } from './reading.ts';

/** A connection of rabbitmq-client as our library opens its own. */
export function connectTo(amqpUrl: string): Connection {
  return new Connection({ url: amqpUrl, heartbeat: 5, noDelay: true });
}

/** Properties by the names that rabbitmq-client has for them. */
export function envelopeOf(contract: Contract, messageId: string) {
  const { persistent, ...properties } = propertiesOf(contract, messageId);
  return { ...properties, durable: persistent };
}

/** A consumer on a connection of its own: acknowledges what `handler` is through with. */
export function consumeFrom(
  amqpUrl: string,
  { queue, prefetch }: Reading,
  handler: ConsumerHandler,
): Closable {
  const connection = connectTo(amqpUrl);
  const consumer = connection.createConsumer(
    {
      queue,
      queueOptions: { passive: true },
      qos: { prefetchCount: prefetch },
      concurrency: prefetch,
    },
    handler,
  );
  consumer.on('error', (error) => {
    throw error;
  });
  return {
    async close() {
      await consumer.close();
      await connection.close();
    },
  };
}
