import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import {
  controlQueue,
  definitionOf,
  encodeMessage,
  EXCHANGES,
  MESSAGES,
  QUEUES,
  type MessageDefinition,
} from '#contracts';
import { Management } from '../tools/servers/management.ts';
import { freshBroker, type FreshBroker } from '../tools/testing/servers.ts';

const INSTANCE = '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1';
const CONTROL = `task-runner.control.${INSTANCE}`;
const WATCHER = 'watch.somebody.events';
const ASKER = 'asker';

const examples = MESSAGES.flatMap((definition) =>
  definition.examples.map((body, at) => ({
    type: definition.type,
    at,
    definition,
    body,
    messageId: `${definition.type} ${at}`,
  })),
);

describe('every example on a real broker', () => {
  let broker: FreshBroker;
  let connection: ChannelModel;
  let channel: ConfirmChannel;
  let returned: string[];
  /** For each message id, the queues that it arrived in. */
  let arrived: Map<string, string[]>;

  beforeAll(async () => {
    ({ broker, connection, channel, returned } = await brokerWithTopology());
    await declareControlQueue(channel);
    await channel.assertQueue(WATCHER, { exclusive: true });
    await channel.bindQueue(WATCHER, 'signalbox.events', '#');
    await channel.assertQueue(ASKER, { exclusive: true });
    for (const { definition, body, messageId } of examples) {
      publish(channel, definition, body, messageId);
    }
    await channel.waitForConfirms();
    arrived = await everythingIn(channel, [...liveQueues(), CONTROL, WATCHER, ASKER]);
  });

  afterAll(async () => {
    await connection.close();
    await broker.drop();
  });

  it.each(examples)('$messageId reaches exactly who reads it', ({ messageId, ...example }) => {
    expect(arrived.get(messageId)?.toSorted() ?? []).toEqual(readersOf(example).toSorted());
    expect(returned).not.toContain(messageId);
  });
});

describe('the topology on a real broker', () => {
  let broker: FreshBroker;
  let connection: ChannelModel;
  let channel: ConfirmChannel;
  let returned: string[];

  beforeAll(async () => {
    ({ broker, connection, channel, returned } = await brokerWithTopology());
  });

  afterAll(async () => {
    await connection.close();
    await broker.drop();
  });

  it('is kept by the broker with every argument, and can be declared again', async () => {
    await declareTopology(channel);
    const kept = await queuesOnBroker(broker);
    const wanted = Object.values(QUEUES).map((queue) => [queue.name, queue.arguments]);
    expect(kept).toEqual(Object.fromEntries(wanted));
  });

  it('returns a ping to an instance that is gone', async () => {
    const ping = definitionOf('lease.ping');
    publish(channel, ping, ping.examples[0]!, 'ping to nobody');
    await channel.waitForConfirms();
    expect(returned).toContain('ping to nobody');
  });

  it('brings an offer that no worker can take back to the record', async () => {
    const offer = definitionOf('work.offered');
    publish(channel, offer, offer.examples[0]!, 'poison');
    const [worker, record] = [await connection.createChannel(), await connection.createChannel()];
    // Rejecting counts as a delivery on every version of the broker; past the limit the offer goes.
    await worker.consume('task-runner.work', (offered) => offered && worker.reject(offered, true));
    const back = await new Promise<string>((resolve, reject) => {
      const seen = record.consume('status.record', (message) => {
        if (message) resolve(message.properties.messageId as string);
      });
      seen.catch(reject);
    });
    expect(back).toBe('poison');
    await Promise.all([worker.close(), record.close()]);
  });

  it('keeps a dead letter that was looked at fifty times', async () => {
    const queue = 'indexer.documents.dead';
    channel.publish('signalbox.dead', queue, Buffer.from('{}'), { messageId: 'letter' });
    await channel.waitForConfirms();
    const reader = await connection.createChannel();
    await reader.prefetch(1);
    let looks = 0;
    const last = await new Promise<string>((resolve, reject) => {
      const seen = reader.consume(queue, (letter) => {
        if (!letter) return;
        looks += 1;
        if (looks <= 50) reader.reject(letter, true);
        else resolve(letter.properties.messageId as string);
      });
      seen.catch(reject);
    });
    expect(last).toBe('letter');
    await reader.close();
  });
});

async function brokerWithTopology() {
  const broker = await freshBroker();
  const connection = await connect(broker.amqpUrl);
  const channel = await connection.createConfirmChannel();
  const returned: string[] = [];
  channel.on('return', (message: { properties: { messageId: string } }) =>
    returned.push(message.properties.messageId),
  );
  await declareTopology(channel);
  return { broker, connection, channel, returned };
}

async function declareTopology(channel: ConfirmChannel): Promise<void> {
  for (const { name, type } of Object.values(EXCHANGES)) await channel.assertExchange(name, type);
  for (const queue of Object.values(QUEUES)) {
    await channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments });
    for (const { exchange, key } of queue.bindings) {
      await channel.bindQueue(queue.name, exchange, key);
    }
  }
}

/** The arguments of every queue, as the broker tells them. */
async function queuesOnBroker({ managementUrl, vhost }: FreshBroker): Promise<object> {
  const answer = await new Management(managementUrl).get(`queues/${vhost}`);
  const queues = answer as readonly { name: string; arguments: object }[];
  return Object.fromEntries(queues.map((queue) => [queue.name, queue.arguments]));
}

async function declareControlQueue(channel: ConfirmChannel): Promise<void> {
  const { name, bindings, ...options } = controlQueue('task-runner', INSTANCE);
  await channel.assertQueue(name, options);
  for (const { exchange, key } of bindings) await channel.bindQueue(name, exchange, key);
}

function publish(
  channel: ConfirmChannel,
  definition: MessageDefinition,
  body: object,
  messageId: string,
): void {
  const { type, contract, exchange, contentType, persistent, mandatory } = definition;
  const key = definition.routingKey(body, addressFor(definition, messageId));
  const properties = { type, messageId, contentType, persistent, mandatory };
  channel.publish(exchange, key, encodeMessage(contract, body), properties);
}

function addressFor({ kind }: MessageDefinition, messageId: string): string {
  if (kind === 'reply') return ASKER;
  return messageId === 'ping to nobody' ? `${INSTANCE}9` : INSTANCE;
}

/** Who the registry and the design say reads it. */
function readersOf(example: { definition: MessageDefinition; body: object }): string[] {
  const { kind, type, queues } = example.definition;
  if (kind === 'reply') return [ASKER];
  if (kind === 'control') return [CONTROL];
  if (kind === 'offer') return [example.definition.routingKey(example.body)];
  const readers: string[] = [...queues];
  if (example.definition.exchange === 'signalbox.events') readers.push(WATCHER);
  if (type === 'task.cancel') readers.push(CONTROL);
  return readers;
}

function liveQueues(): string[] {
  return Object.values(QUEUES)
    .filter((queue) => queue.kind === 'live')
    .map((queue) => queue.name);
}

/** Reads the queues up to a last message that it puts into each; names for each message where it was. */
async function everythingIn(
  channel: ConfirmChannel,
  queues: readonly string[],
): Promise<Map<string, string[]>> {
  const places = new Map<string, string[]>();
  const ends = queues.map(
    (queue) =>
      new Promise<void>((resolve, reject) => {
        const consuming = channel.consume(
          queue,
          (message) => {
            const id = message?.properties.messageId as string;
            if (id === 'end') resolve();
            else places.set(id, [...(places.get(id) ?? []), queue]);
          },
          { noAck: true },
        );
        consuming.catch(reject);
      }),
  );
  for (const queue of queues) channel.sendToQueue(queue, Buffer.of(), { messageId: 'end' });
  await Promise.all(ends);
  return places;
}
