import { TargetsChanged } from '#contracts';
import { OnMessage } from '#broker';
import { moduleWithHandler } from '../clients/nest-module.ts';
import { connectOurs, serveOurs } from '../clients/signalbox.ts';
import type { Client } from './client.ts';
import { READING } from './conditions.ts';

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

  consuming(amqpUrl, handle) {
    const module = moduleWithHandler(OnMessage('targets.changed'), async (body) =>
      handle(body as TargetsChanged),
    );
    return serveOurs(amqpUrl, READING, module);
  },
};
