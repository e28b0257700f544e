import { EXCHANGES, QUEUES, SignalboxError, type QueueName, type ServiceName } from '#contracts';
import type { BrokerChannel } from '../connection/broker-channel.js';

/** The broker has a queue or exchange of this name with other properties. Nothing was changed. */
export class TopologyMismatchError extends SignalboxError {
  constructor(what: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      'topology-mismatch',
      `${what} exists on the broker with other properties: ${reason}. They cannot be changed in place: ` +
        `empty it, delete it (rabbitmqctl delete_queue NAME), and start the service again`,
      { cause },
    );
  }
}

/** Declares every exchange. Throws `TopologyMismatchError` when one exists as another type. */
export async function declareExchanges(channel: BrokerChannel): Promise<void> {
  for (const { name, type } of Object.values(EXCHANGES)) {
    await declared(`exchange ${name}`, () =>
      channel.raw.assertExchange(name, type, { durable: true }),
    );
  }
}

/** Declares what one service reads: its queues, their dead-letter queues first, and their bindings. */
export async function declareServiceQueues(
  channel: BrokerChannel,
  service: ServiceName,
): Promise<void> {
  for (const { name, readBy } of Object.values(QUEUES)) {
    if (readBy === service) await declareQueue(channel, name);
  }
}

/** Declares one queue with its bindings. Throws `TopologyMismatchError` when it exists with other arguments. */
export async function declareQueue(channel: BrokerChannel, name: QueueName): Promise<void> {
  const { arguments: args, bindings } = QUEUES[name];
  await declared(`queue ${name}`, () =>
    channel.raw.assertQueue(name, { durable: true, arguments: args }),
  );
  for (const { exchange, key } of bindings) await channel.raw.bindQueue(name, exchange, key);
}

async function declared(what: string, declare: () => Promise<unknown>): Promise<void> {
  try {
    await declare();
  } catch (error) {
    if (error instanceof Error && error.message.includes('PRECONDITION')) {
      throw new TopologyMismatchError(what, error);
    }
    throw error;
  }
}
