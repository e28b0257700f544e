import { randomUUID } from 'node:crypto';
import { TargetsChanged } from '#contracts';
import { connectTo, consumeFrom, envelopeOf } from '../clients/rabbitmq-client.ts';
import type { Client } from './client.ts';
import { EXCHANGE, READING, ROUTING_KEY } from './conditions.ts';

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
    return consumeFrom(amqpUrl, READING, async ({ body }) => handle(body as TargetsChanged));
  },
};
