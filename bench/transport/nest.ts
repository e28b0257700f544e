import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientRMQ,
  EventPattern,
  type RmqContext,
  RmqRecordBuilder,
  Transport,
} from '@nestjs/microservices';
import type { Channel, Message } from 'amqplib';
import { firstValueFrom } from 'rxjs';
import { TargetsChanged } from '#contracts';
import type { Client } from './client.ts';
import { EXCHANGE, PREFETCH, QUEUE, ROUTING_KEY, propertiesOf } from './conditions.ts';
import { moduleWithHandler } from './nest-module.ts';

// Its client tells of every connection.
Logger.overrideLogger(['error', 'fatal']);

/** What both ends of Nest's own transport are told about the connection. */
export function connectionOf(amqpUrl: string) {
  return {
    urls: [amqpUrl],
    socketOptions: { heartbeatIntervalInSeconds: 5, connectionOptions: { noDelay: true } },
  };
}

/** Acknowledges by hand, as a handler must with `noAck: false`. */
export function acknowledge(context: RmqContext): void {
  const channel = context.getChannelRef() as Channel;
  channel.ack(context.getMessage() as unknown as Message);
}

/** Nest's own RabbitMQ transport, `noAck: false`. */
export const nest: Client = {
  envelope: (message) => ({ pattern: ROUTING_KEY, data: message }),

  async publishing(amqpUrl) {
    const client = new ClientRMQ({
      ...connectionOf(amqpUrl),
      queue: QUEUE,
      wildcards: true,
      exchange: EXCHANGE,
      exchangeType: 'topic',
      persistent: true,
      noAck: true,
    });
    await client.connect();
    const { persistent: _, ...options } = propertiesOf(TargetsChanged, '');
    return {
      async publish(message) {
        const record = new RmqRecordBuilder(message).setOptions(options).build();
        await firstValueFrom(client.emit(ROUTING_KEY, record), { defaultValue: undefined });
      },
      close: () => client.close(),
    };
  },

  async consuming(amqpUrl, handle) {
    const module = moduleWithHandler<RmqContext>(
      EventPattern(ROUTING_KEY) as MethodDecorator,
      async (body, context) => {
        handle(body as TargetsChanged);
        acknowledge(context);
      },
    );
    const app = await NestFactory.createMicroservice(module, {
      transport: Transport.RMQ,
      options: {
        ...connectionOf(amqpUrl),
        queue: QUEUE,
        noAssert: true,
        noAck: false,
        prefetchCount: PREFETCH,
      },
      logger: false,
    });
    await app.listen();
    return { close: () => app.close() };
  },
};
