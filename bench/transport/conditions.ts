/** What is the same for every client: the messages, the queue they go through, and the guarantees. */
import { randomUUID } from 'node:crypto';
import { connect, type ChannelModel } from 'amqplib';
import { type Contract, TargetsChanged, checkMessage, definitionOf } from '#contracts';
import { Broker, NO_LOG } from '#broker';

/** Messages that may be unconfirmed at once: what our publisher allows. */
export const WINDOW = 1_000;
/** Deliveries that may be unsettled at once. */
export const PREFETCH = 100;

/** A quorum queue, bounded, with dead letters at least once. */
export const QUEUE = 'status.record';
export const { exchange: EXCHANGE } = definitionOf(TargetsChanged);

/** The `seq`-th message: the new state of one target, as a task-runner says it. */
export function messageOf(seq: number): TargetsChanged {
  return { ...EXAMPLE, seq };
}

const [{ changes, ...CHUNK }] = definitionOf(TargetsChanged).examples as [TargetsChanged];
const EXAMPLE = { ...CHUNK, changes: changes.slice(0, 1) };

export const ROUTING_KEY = definitionOf(TargetsChanged).routingKey(messageOf(1));

/** Bytes of the JSON body of the first message. */
export const BODY_BYTES = Buffer.byteLength(JSON.stringify(messageOf(1)));

/** Properties that all publish with. */
export function propertiesOf(contract: Contract, messageId: string) {
  const { type, contentType, persistent, mandatory } = definitionOf(contract);
  return { type, contentType, persistent, mandatory, messageId, timestamp: seconds() };
}

/** A connection of amqplib as our library opens it. */
export function connectPlainly(amqpUrl: string): Promise<ChannelModel> {
  return connect(`${amqpUrl}?heartbeat=5`, { noDelay: true });
}

/** A broker of our library, connected. */
export async function connectOurs(amqpUrl: string): Promise<Broker> {
  const broker = new Broker({
    url: amqpUrl,
    service: 'status',
    processId: randomUUID(),
    log: NO_LOG,
  });
  broker.start();
  await broker.ready();
  return broker;
}

/** Fails early should the example no longer fit its contract. */
checkMessage(TargetsChanged, messageOf(1));

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}
