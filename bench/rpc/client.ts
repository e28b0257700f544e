import { type GetStreamAnswered, GetStream, definitionOf } from '#contracts';
import type { Closable, Reading } from '../clients/reading.ts';

/** Asks, one question at a time. */
export interface Asker extends Closable {
  readonly ask: () => Promise<GetStreamAnswered>;
}

/** One way to ask and to answer: each question mandatory and confirmed, each answer confirmed where the client can, then the question acknowledged. */
export interface RpcClient {
  /** Answers questions until closed. */
  answering(amqpUrl: string): Promise<Closable>;
  asking(amqpUrl: string): Promise<Asker>;
}

export const READING: Reading = { queue: 'status.queries', prefetch: 32 };
export const { exchange: EXCHANGE, type: ROUTING_KEY } = definitionOf(GetStream);

export const QUESTION: GetStream = { streamId: 'edge-access' };
export const [ANSWER] = definitionOf('stream.get.answered').examples as [GetStreamAnswered];
