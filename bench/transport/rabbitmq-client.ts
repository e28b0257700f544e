import { randomUUID } from 'node:crypto';
import { Connection } from 'rabbitmq-client';
import { type Contract, TargetsChanged } from '#contracts';
import type { Client } from './client.ts';
import { EXCHANGE, PREFETCH, QUEUE, ROUTING_KEY, propertiesOf } from './conditions.ts';

/** A connection of rabbitmq-client as our library opens its own. */
export function connectTo(amqpUrl: string): Connection {
  return new Connection({ url: amqpUrl, heartbeat: 5, noDelay: true });
}

/** Properties by the names that rabbitmq-client has for them. */
export function envelopeOf(contract: Contract, messageId: string) {
  const { persistent, ...properties } = propertiesOf(contract, messageId);
  return { ...properties, durable: persistent };
}

/** rabbitmq-client, with its own publisher and consumer. */
export const rabbitmqClient: Client = {
  envelope: (message) => message,

  async publishing(amqpUrl) {
    const connection = connectTo(amqpUrl);
    const returned = new Set<string>();
    const publisher = connection.createPublisher({
      confirm: true,
      onReturn: ({ messageId }) => returned.add(String(messageId)),
    });
    return {
      async publish(message) {
        const messageId = randomUUID();
        const envelope = {
          ...envelopeOf(TargetsChanged, messageId),
          exchange: EXCHANGE,
          routingKey: ROUTING_KEY,
        };
        await publisher.send(envelope, message);
        if (returned.delete(messageId)) throw new Error('not taken');
      },
      async close() {
        await publisher.close();
        await connection.close();
      },
    };
  },

  async consuming(amqpUrl, handle) {
    const connection = connectTo(amqpUrl);
    const consumer = connection.createConsumer(
      {
        queue: QUEUE,
        queueOptions: { passive: true },
        qos: { prefetchCount: PREFETCH },
        concurrency: PREFETCH,
      },
      async ({ body }) => handle(body as TargetsChanged),
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
  },
};
