import { randomUUID } from 'node:crypto';
import type { ConsumeMessage, Options } from 'amqplib';
import type { Broker } from '#broker';
import { Deferred } from '#supervisor';
import { withChannel } from './brokers.ts';

/** What any AMQP client may send: nobody has checked it. */
export interface RawMessage {
  /** By default that of commands. */
  readonly exchange?: string;
  readonly routingKey: string;
  readonly body: string | Buffer;
  /** Beside a new message id, the routing key as type, and mandatory. */
  readonly properties?: Options.Publish;
}

/** Publishes a message as any AMQP client may; resolves once the broker has it. */
export function publishRaw(
  broker: Broker,
  { exchange = 'signalbox.commands', routingKey, body, properties }: RawMessage,
): Promise<void> {
  return withChannel(broker, (channel) =>
    channel.publish({
      exchange,
      routingKey,
      body: Buffer.from(body),
      properties: { messageId: randomUUID(), type: routingKey, mandatory: true, ...properties },
    }),
  );
}

/** Takes the next letter out of a dead-letter queue; waits until there is one. */
export function nextLetter(broker: Broker, deadQueue: string): Promise<ConsumeMessage> {
  return withChannel(broker, async (channel) => {
    const taken = new Deferred<ConsumeMessage>();
    await channel.consume(deadQueue, taken.resolve, { prefetch: 1 });
    const letter = await taken.promise;
    channel.ack(letter);
    return letter;
  });
}
