import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { TargetsChanged } from '#contracts';
import { connectPlainly, propertiesOf } from '../clients/amqplib.ts';
import type { Client } from './client.ts';
import { EXCHANGE, READING, ROUTING_KEY } from './conditions.ts';

/** amqplib and nothing else. It publishes any body, that of another client's envelope too. */
export const amqplib = {
  envelope: (message: TargetsChanged) => message,

  async publishing(amqpUrl) {
    const connection = await connectPlainly(amqpUrl);
    const channel = await connection.createConfirmChannel();
    channel.setMaxListeners(0); // Each publish that found no room waits for the same `drain`.
    const returned = new Set<string>();
    channel.on('return', ({ properties }) => returned.add(String(properties.messageId)));
    return {
      async publish(message: object) {
        const messageId = randomUUID();
        const body = Buffer.from(JSON.stringify(message));
        const properties = propertiesOf(TargetsChanged, messageId);
        const confirmed = Promise.withResolvers<void>();
        const hasRoom = channel.publish(
          EXCHANGE,
          ROUTING_KEY,
          body,
          properties,
          (error: unknown) => {
            if (error || returned.delete(messageId)) confirmed.reject(new Error('not taken'));
            else confirmed.resolve();
          },
        );
        if (!hasRoom) await once(channel, 'drain');
        await confirmed.promise;
      },
      close: () => connection.close(),
    };
  },

  async consuming(amqpUrl, handle) {
    const connection = await connectPlainly(amqpUrl);
    const channel = await connection.createChannel();
    await channel.prefetch(READING.prefetch);
    await channel.consume(READING.queue, (delivery) => {
      if (delivery === null) throw new Error('The consumer was cancelled.');
      handle(JSON.parse(delivery.content.toString()) as TargetsChanged);
      channel.ack(delivery);
    });
    return {
      async close() {
        await channel.close();
        await connection.close();
      },
    };
  },
} satisfies Client;
