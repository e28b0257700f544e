import type { Broker, BrokerChannel } from '#broker';
import {
  EXCHANGES,
  QUEUES,
  type ExchangeDefinition,
  type QueueDefinition,
  type QueueName,
} from '#contracts';
import { messageOf } from '#supervisor';

/** What the broker has under a name of the contracts. */
export type Drift =
  | { readonly is: 'as declared' }
  | { readonly is: 'missing' }
  /** With other properties; `how` is what the broker says. */
  | { readonly is: 'different'; readonly how: string }
  /** There, but this user may not compare it. */
  | { readonly is: 'not comparable' };

/** A queue as it is. */
export interface FoundQueue {
  readonly definition: QueueDefinition;
  readonly drift: Drift;
  /** Messages that nobody holds; 0 where it is missing. */
  readonly messages: number;
  readonly consumers: number;
}

export interface FoundExchange {
  readonly definition: ExchangeDefinition;
  readonly drift: Drift;
}

export interface Topology {
  readonly exchanges: readonly FoundExchange[];
  readonly queues: ReadonlyMap<QueueName, FoundQueue>;
}

/** Compares every exchange and queue with the contracts. Nothing is created or changed. Throws the signal's reason. */
export async function lookAtTopology(broker: Broker, signal: AbortSignal): Promise<Topology> {
  const [exchanges, queues] = await Promise.all([
    Promise.all(Object.values(EXCHANGES).map((one) => lookAtExchange(broker, one, signal))),
    Promise.all(Object.values(QUEUES).map((one) => lookAtQueue(broker, one, signal))),
  ]);
  return { exchanges, queues: new Map(queues.map((queue) => [queue.definition.name, queue])) };
}

async function lookAtExchange(
  broker: Broker,
  definition: ExchangeDefinition,
  signal: AbortSignal,
): Promise<FoundExchange> {
  const { name, type } = definition;
  const drift = await onChannel(broker, signal, async ({ raw }) => {
    await raw.checkExchange(name);
    await raw.assertExchange(name, type, { durable: true });
  });
  return { definition, drift };
}

async function lookAtQueue(
  broker: Broker,
  definition: QueueDefinition,
  signal: AbortSignal,
): Promise<FoundQueue> {
  const { name } = definition;
  let found = { messageCount: 0, consumerCount: 0 };
  const drift = await onChannel(broker, signal, async ({ raw }) => {
    // First whether it is there: to declare what is not would create it.
    found = await raw.checkQueue(name);
    await raw.assertQueue(name, { durable: true, arguments: definition.arguments });
  });
  return { definition, drift, messages: found.messageCount, consumers: found.consumerCount };
}

/** On a channel of its own: each refusal costs one. */
async function onChannel(
  broker: Broker,
  signal: AbortSignal,
  declare: (channel: BrokerChannel) => Promise<void>,
): Promise<Drift> {
  const channel = await broker.openChannel('consume', signal);
  try {
    await declare(channel);
    return { is: 'as declared' };
  } catch (error) {
    switch (replyCode(error)) {
      case NOT_FOUND:
        return { is: 'missing' };
      case PRECONDITION_FAILED:
        return { is: 'different', how: howItDiffers(error) };
      case ACCESS_REFUSED:
        return { is: 'not comparable' };
      default:
        throw error;
    }
  } finally {
    await channel.close();
  }
}

const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;
const PRECONDITION_FAILED = 406;

function replyCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** `inequivalent arg 'x-max-length' …: received '10' but current is '5'`, without what amqplib and AMQP put around it. */
function howItDiffers(error: unknown): string {
  const text = messageOf(error);
  return /PRECONDITION_FAILED - ([^"]+)/.exec(text)?.[1] ?? text;
}
