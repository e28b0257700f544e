import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Broker, BrokerServer, NO_LOG, RethrowFilter } from '#broker';
import type { Closable, Reading } from './reading.ts';

/** A broker of our library, connected. */
export async function connectOurs(amqpUrl: string): Promise<Broker> {
  const broker = new Broker({
    url: amqpUrl,
    service: 'status',
    processId: randomUUID(),
    log: NO_LOG,
  });
  broker.start();
  await broker.ready();
  return broker;
}

/** A Nest microservice with our transport. */
export async function serveOurs(
  amqpUrl: string,
  reading: Reading,
  module: Type,
): Promise<Closable> {
  const broker = await connectOurs(amqpUrl);
  const app = await NestFactory.createMicroservice(module, {
    strategy: new BrokerServer(broker, { queues: [reading] }),
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
}
