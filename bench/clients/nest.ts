import { Logger, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientRMQ, type RmqContext, type RmqOptions, Transport } from '@nestjs/microservices';
import type { Channel, Message } from 'amqplib';
import type { Closable, Reading } from './reading.ts';

// Its client tells of every connection.
Logger.overrideLogger(['error', 'fatal']);

/** A client of Nest's own transport, connected, that publishes to a topic exchange. */
export async function connectNest(
  amqpUrl: string,
  options: Pick<NonNullable<RmqOptions['options']>, 'queue' | 'exchange' | 'persistent'>,
): Promise<ClientRMQ> {
  const client = new ClientRMQ({
    ...connectionOf(amqpUrl),
    wildcards: true,
    exchangeType: 'topic',
    noAck: true,
    ...options,
  });
  await client.connect();
  return client;
}

/** A Nest microservice with Nest's own transport, `noAck: false`: its handler calls `acknowledge`. */
export async function serveNest(
  amqpUrl: string,
  { queue, prefetch }: Reading,
  module: Type,
): Promise<Closable> {
  const app = await NestFactory.createMicroservice(module, {
    transport: Transport.RMQ,
    options: {
      ...connectionOf(amqpUrl),
      queue,
      noAssert: true,
      noAck: false,
      prefetchCount: prefetch,
    },
    logger: false,
  });
  await app.listen();
  return { close: () => app.close() };
}

/** Acknowledges by hand, as a handler must with `noAck: false`. */
export function acknowledge(context: RmqContext): void {
  const channel = context.getChannelRef() as Channel;
  channel.ack(context.getMessage() as unknown as Message);
}

function connectionOf(amqpUrl: string) {
  return {
    urls: [amqpUrl],
    socketOptions: { heartbeatIntervalInSeconds: 5, connectionOptions: { noDelay: true } },
  };
}
