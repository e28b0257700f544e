import { randomUUID } from 'node:crypto';
import { GetStream, type GetStreamAnswered } from '#contracts';
import { connectTo, envelopeOf } from '../transport/rabbitmq-client.ts';
import {
  ANSWER,
  EXCHANGE,
  PREFETCH,
  QUESTION,
  QUEUE,
  ROUTING_KEY,
  type RpcClient,
} from './client.ts';

/** rabbitmq-client, with its own request client; answers are not confirmed. */
export const rabbitmqClient: RpcClient = {
  async answering(amqpUrl) {
    const connection = connectTo(amqpUrl);
    const consumer = connection.createConsumer(
      {
        queue: QUEUE,
        queueOptions: { passive: true },
        qos: { prefetchCount: PREFETCH },
        concurrency: PREFETCH,
      },
      async (_, reply) => reply(ANSWER),
    );
    return {
      async close() {
        await consumer.close();
        await connection.close();
      },
    };
  },

  async asking(amqpUrl) {
    const connection = connectTo(amqpUrl);
    const client = connection.createRPCClient({ confirm: true });
    return {
      async ask() {
        const envelope = { ...envelopeOf(GetStream, randomUUID()), exchange: EXCHANGE };
        const { body } = await client.send({ ...envelope, routingKey: ROUTING_KEY }, QUESTION);
        return body as GetStreamAnswered;
      },
      async close() {
        await client.close();
        await connection.close();
      },
    };
  },
};
