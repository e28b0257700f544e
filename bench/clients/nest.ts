import { Logger, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientRMQ, type RmqContext, type RmqOptions, Transport } from '@nestjs/microservices';
import type { Channel, Message } from 'amqplib';
import type { Closable, Reading } from './reading.ts';

// Its client tells of every connection.
Logger.overrideLogger(['error', 'fatal']);

type ClientOptions = Pick<NonNullable<RmqOptions['options']>, 'queue' | 'exchange' | 'persistent'>;

/** A client of Nest's own transport, connected, that publishes to a topic exchange. */
export async function connectNest(amqpUrl: string, options: ClientOptions): Promise<ClientRMQ> {
  return connected(new ClientRMQ(clientOptions(amqpUrl, options)));
}

/** The same, which notes what comes back: Nest's own takes a mandatory message that no queue took for published. */
export async function connectNestNoting(
  amqpUrl: string,
  options: ClientOptions,
  onReturn: (messageId: string) => void,
): Promise<ClientRMQ> {
  class NotingClient extends ClientRMQ {
    override setupChannel(channel: Channel, resolve: () => void): Promise<void> {
      channel.on('return', ({ properties }) => onReturn(String(properties.messageId)));
      return super.setupChannel(channel, resolve);
    }
  }
  return connected(new NotingClient(clientOptions(amqpUrl, options)));
}

async function connected(client: ClientRMQ): Promise<ClientRMQ> {
  await client.connect();
  return client;
}

function clientOptions(amqpUrl: string, options: ClientOptions) {
  return {
    ...connectionOf(amqpUrl),
    wildcards: true,
    exchangeType: 'topic' as const,
    noAck: true,
    ...options,
  };
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
