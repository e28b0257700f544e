import { randomUUID } from 'node:crypto';
import { GetStream, type GetStreamAnswered } from '#contracts';
import { connectTo, consumeFrom, envelopeOf } from '../clients/rabbitmq-client.ts';
import { ANSWER, EXCHANGE, QUESTION, READING, ROUTING_KEY, type RpcClient } from './client.ts';

/** rabbitmq-client, with its own request client; answers are not confirmed. */
export const rabbitmqClient: RpcClient = {
  async answering(amqpUrl) {
    return consumeFrom(amqpUrl, READING, async (_, reply) => reply(ANSWER));
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
