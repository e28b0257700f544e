import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { GetStream, GetStreamAnswered } from '#contracts';
import { BrokerServer, OnQuery, RethrowFilter } from '#broker';
import { connectOurs } from '../transport/conditions.ts';
import { moduleWithHandler } from '../transport/nest-module.ts';
import { ANSWER, PREFETCH, QUESTION, QUEUE, type RpcClient } from './client.ts';

const TIMEOUT_MS = 10_000;

/** Our library: the requester, and a Nest microservice with its transport. */
export const signalbox: RpcClient = {
  async answering(amqpUrl) {
    const broker = await connectOurs(amqpUrl);
    const module = moduleWithHandler(OnQuery('stream.get'), async () =>
      Object.assign(new GetStreamAnswered(), ANSWER),
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

  async asking(amqpUrl) {
    const broker = await connectOurs(amqpUrl);
    return {
      async ask() {
        const answer = await broker.requester.request(GetStream, QUESTION, {
          timeoutMs: TIMEOUT_MS,
        });
        return answer as GetStreamAnswered;
      },
      close: () => broker.close(),
    };
  },
};
