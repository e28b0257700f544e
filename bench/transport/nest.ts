import { randomUUID } from 'node:crypto';
import { EventPattern, type RmqContext, RmqRecordBuilder } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { TargetsChanged } from '#contracts';
import { propertiesOf } from '../clients/amqplib.ts';
import { acknowledge, connectNestNoting, serveNest } from '../clients/nest.ts';
import { moduleWithHandler } from '../clients/nest-module.ts';
import type { Client } from './client.ts';
import { EXCHANGE, READING, ROUTING_KEY } from './conditions.ts';

/** Nest's own RabbitMQ transport, `noAck: false`. */
export const nest: Client = {
  envelope: (message) => ({ pattern: ROUTING_KEY, data: message }),

  async publishing(amqpUrl) {
    const returned = new Set<string>();
    const client = await connectNestNoting(
      amqpUrl,
      { queue: READING.queue, exchange: EXCHANGE, persistent: true },
      (messageId) => returned.add(messageId),
    );
    return {
      async publish(message) {
        const messageId = randomUUID();
        const options = propertiesOf(TargetsChanged, messageId);
        const record = new RmqRecordBuilder(message).setOptions(options).build();
        await firstValueFrom(client.emit(ROUTING_KEY, record), { defaultValue: undefined });
        if (returned.delete(messageId)) throw new Error('not taken');
      },
      close: () => client.close(),
    };
  },

  consuming(amqpUrl, handle) {
    const module = moduleWithHandler<RmqContext>(
      EventPattern(ROUTING_KEY) as MethodDecorator,
      async (body, context) => {
        handle(body as TargetsChanged);
        acknowledge(context);
      },
    );
    return serveNest(amqpUrl, READING, module);
  },
};
