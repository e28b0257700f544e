import { NestFactory } from '@nestjs/core';
import { ClientRMQ, MessagePattern, type RmqContext, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import type { GetStreamAnswered } from '#contracts';
import { acknowledge, connectionOf } from '../transport/nest.ts';
import { moduleWithHandler } from '../transport/nest-module.ts';
import {
  ANSWER,
  EXCHANGE,
  PREFETCH,
  QUESTION,
  QUEUE,
  ROUTING_KEY,
  type RpcClient,
} from './client.ts';

/** Nest's own RabbitMQ transport, `noAck: false`. It confirms no answer, and acknowledges before it answers. */
export const nest: RpcClient = {
  async answering(amqpUrl) {
    const module = moduleWithHandler<RmqContext>(
      MessagePattern(ROUTING_KEY),
      async (_, context) => {
        acknowledge(context);
        return ANSWER;
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

  async asking(amqpUrl) {
    const client = new ClientRMQ({
      ...connectionOf(amqpUrl),
      queue: QUEUE,
      wildcards: true,
      exchange: EXCHANGE,
      exchangeType: 'topic',
      noAck: true,
    });
    await client.connect();
    return {
      ask: () => firstValueFrom(client.send<GetStreamAnswered>(ROUTING_KEY, QUESTION)),
      close: () => client.close(),
    };
  },
};
