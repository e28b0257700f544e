import { randomUUID } from 'node:crypto';
import type { ConfirmChannel } from 'amqplib';
import { type Contract, GetStream, GetStreamAnswered } from '#contracts';
import { connectPlainly, propertiesOf } from '../clients/amqplib.ts';
import { ANSWER, EXCHANGE, QUESTION, READING, ROUTING_KEY, type RpcClient } from './client.ts';

const DIRECT_REPLY_QUEUE = 'amq.rabbitmq.reply-to';

/** amqplib and nothing else. */
export const amqplib: RpcClient = {
  async answering(amqpUrl) {
    const connection = await connectPlainly(amqpUrl);
    const channel = await connection.createConfirmChannel();
    await channel.prefetch(READING.prefetch);
    await channel.consume(READING.queue, (delivery) => {
      if (delivery === null) throw new Error('The consumer was cancelled.');
      const { replyTo, correlationId } = delivery.properties;
      JSON.parse(delivery.content.toString());
      void confirmed(channel, ['', String(replyTo)], ANSWER, {
        ...propertiesFor(GetStreamAnswered),
        correlationId: String(correlationId),
      }).then(() => channel.ack(delivery));
    });
    return { close: () => connection.close() };
  },

  async asking(amqpUrl) {
    const connection = await connectPlainly(amqpUrl);
    const channel = await connection.createConfirmChannel();
    const open = new Map<string, (answer: GetStreamAnswered) => void>();
    await channel.consume(
      DIRECT_REPLY_QUEUE,
      (delivery) => {
        if (delivery === null) throw new Error('The consumer was cancelled.');
        const id = String(delivery.properties.correlationId);
        open.get(id)?.(JSON.parse(delivery.content.toString()) as GetStreamAnswered);
        open.delete(id);
      },
      { noAck: true },
    );
    return {
      async ask() {
        const correlationId = randomUUID();
        const answer = Promise.withResolvers<GetStreamAnswered>();
        open.set(correlationId, answer.resolve);
        const properties = { correlationId, replyTo: DIRECT_REPLY_QUEUE };
        confirmed(channel, [EXCHANGE, ROUTING_KEY], QUESTION, {
          ...propertiesFor(GetStream),
          ...properties,
        }).catch(answer.reject);
        return answer.promise;
      },
      close: () => connection.close(),
    };
  },
};

function propertiesFor(contract: Contract) {
  return propertiesOf(contract, randomUUID());
}

function confirmed(
  channel: ConfirmChannel,
  [exchange, key]: readonly [string, string],
  body: object,
  properties: object,
): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.publish(
      exchange,
      key,
      Buffer.from(JSON.stringify(body)),
      properties,
      (error: unknown) => (error ? reject(new Error('not taken')) : resolve()),
    );
  });
}
