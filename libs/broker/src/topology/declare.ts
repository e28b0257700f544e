import { EXCHANGES, QUEUES, SignalboxError, type QueueName, type ServiceName } from '#contracts';
import { messageOf } from '#supervisor';
import type { BrokerChannel } from '../connection/broker-channel.js';
import { TopologyMismatchError, driftIn } from './drift.js';

/** Declares every exchange. Throws as `declareQueue` does. */
export async function declareExchanges(channel: BrokerChannel): Promise<void> {
  for (const { name, type } of Object.values(EXCHANGES)) {
    await declared(channel, `exchange ${name}`, () =>
      channel.raw.assertExchange(name, type, { durable: true }),
    );
  }
}

/** Declares what one service reads: its queues, their dead-letter queues first, and their bindings. Throws as `declareQueue` does. */
export async function declareServiceQueues(
  channel: BrokerChannel,
  service: ServiceName,
): Promise<void> {
  for (const { name, readBy } of Object.values(QUEUES)) {
    if (readBy === service) await declareQueue(channel, name);
  }
}

/**
 * Declares one queue with its bindings. Throws `TopologyMismatchError` when it exists with other properties, a `SignalboxError`
 * (`not-permitted`) when the user may not declare it, and the reason of the channel's `lost` when that dies meanwhile.
 */
export async function declareQueue(channel: BrokerChannel, name: QueueName): Promise<void> {
  const { arguments: args, bindings } = QUEUES[name];
  await declared(channel, `queue ${name}`, async () => {
    await channel.raw.assertQueue(name, { durable: true, arguments: args });
    for (const { exchange, key } of bindings) await channel.raw.bindQueue(name, exchange, key);
  });
}

async function declared(
  channel: BrokerChannel,
  what: string,
  declare: () => Promise<unknown>,
): Promise<void> {
  try {
    await declare();
  } catch (error) {
    // A refusal costs the channel, too; the code of the reply tells it from a channel that was lost.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === PRECONDITION_FAILED || code === RESOURCE_LOCKED) throw mismatch(what, error);
    if (code === ACCESS_REFUSED) throw notPermitted(what, error);
    channel.lost.throwIfAborted();
    throw error;
  }
}

const PRECONDITION_FAILED = 406;
const RESOURCE_LOCKED = 405;
const ACCESS_REFUSED = 403;

function mismatch(what: string, cause: unknown): SignalboxError {
  const drift = driftIn(messageOf(cause));
  if (drift !== undefined) return new TopologyMismatchError(drift, cause);
  return new SignalboxError(
    'topology-mismatch',
    `RabbitMQ does not declare ${what} as it should be: ${messageOf(cause)}`,
    { cause },
  );
}

function notPermitted(what: string, cause: unknown): SignalboxError {
  return new SignalboxError(
    'not-permitted',
    `the AMQP user may not declare ${what}: ${messageOf(cause)}. Log in as the service's own user (AMQP_URL): ` +
      `deploy/rabbitmq/definitions.json has one for each service, which may. To load them, with passwords ` +
      `(docs/operations.md, "Broker users"): bash deploy/rabbitmq/with-passwords.sh < deploy/rabbitmq/definitions.json ` +
      `> definitions.json; rabbitmqctl import_definitions definitions.json`,
    { cause },
  );
}
