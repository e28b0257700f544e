import { MessagePattern, type RmqContext } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import type { GetStreamAnswered } from '#contracts';
import { acknowledge, connectNest, serveNest } from '../clients/nest.ts';
import { moduleWithHandler } from '../clients/nest-module.ts';
import { ANSWER, EXCHANGE, QUESTION, READING, ROUTING_KEY, type RpcClient } from './client.ts';

/** Nest's own RabbitMQ transport, `noAck: false`. It confirms no answer, and acknowledges before it answers. */
export const nest: RpcClient = {
  answering(amqpUrl) {
    const module = moduleWithHandler<RmqContext>(
      MessagePattern(ROUTING_KEY),
      async (_, context) => {
        acknowledge(context);
        return ANSWER;
      },
    );
    return serveNest(amqpUrl, READING, module);
  },

  async asking(amqpUrl) {
    const client = await connectNest(amqpUrl, { queue: READING.queue, exchange: EXCHANGE });
    return {
      ask: () => firstValueFrom(client.send<GetStreamAnswered>(ROUTING_KEY, QUESTION)),
      close: () => client.close(),
    };
  },
};
