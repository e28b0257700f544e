import { GetStream, GetStreamAnswered } from '#contracts';
import { OnQuery } from '#broker';
import { moduleWithHandler } from '../clients/nest-module.ts';
import { connectOurs, serveOurs } from '../clients/signalbox.ts';
import { ANSWER, QUESTION, READING, type RpcClient } from './client.ts';

const TIMEOUT_MS = 10_000;

/** Our library: the requester, and a Nest microservice with its transport. */
export const signalbox: RpcClient = {
  answering(amqpUrl) {
    const module = moduleWithHandler(OnQuery('stream.get'), async () =>
      Object.assign(new GetStreamAnswered(), ANSWER),
    );
    return serveOurs(amqpUrl, READING, module);
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
