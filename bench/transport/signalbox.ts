import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { TargetsChanged } from '#contracts';
import { BrokerServer, OnMessage, RethrowFilter } from '#broker';
import type { Client } from './client.ts';
import { PREFETCH, QUEUE, connectOurs } from './conditions.ts';
import { moduleWithHandler } from './nest-module.ts';

/** Our library: the publisher, and a Nest microservice with its transport. */
export const signalbox: Client = {
  envelope: (message) => message,

  async publishing(amqpUrl) {
    const broker = await connectOurs(amqpUrl);
    return {
      publish: (message) => broker.publisher.publish(TargetsChanged, message),
      close: () => broker.close(),
    };
  },

  async consuming(amqpUrl, handle) {
    const broker = await connectOurs(amqpUrl);
    const module = moduleWithHandler(OnMessage('targets.changed'), async (body) =>
      handle(body as TargetsChanged),
    );
    const app = await NestFactory.createMicroservice(module, {
      strategy: new BrokerServer(broker, { queues: [{ queue: QUEUE, prefetch: PREFETCH }] }),
      logger: false,
    });
    app.useGlobalFilters(new RethrowFilter());
    await app.listen();
    return {
      async close() {
        await app.close();
        await broker.close();
      },
    };
  },
};
