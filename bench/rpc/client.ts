import { type GetStreamAnswered, GetStream, definitionOf } from '#contracts';

/** Asks, one question at a time. */
export interface Asker {
  readonly ask: () => Promise<GetStreamAnswered>;
  close(): Promise<void>;
}

/** Answers questions until closed. */
export interface Answerer {
  close(): Promise<void>;
}

/** One way to ask and to answer: each question mandatory and confirmed, each answer confirmed where the client can, then the question acknowledged. */
export interface RpcClient {
  answering(amqpUrl: string): Promise<Answerer>;
  asking(amqpUrl: string): Promise<Asker>;
}

export const QUEUE = 'status.queries';
export const PREFETCH = 32;
export const { exchange: EXCHANGE, type: ROUTING_KEY } = definitionOf(GetStream);

export const QUESTION: GetStream = { streamId: 'edge-access' };
export const [ANSWER] = definitionOf('stream.get.answered').examples as [GetStreamAnswered];
