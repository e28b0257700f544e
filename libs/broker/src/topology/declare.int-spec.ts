import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QUEUES, type QueueName } from '#contracts';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers, waitingIn, withChannel } from '../../testing/brokers.js';
import { publishRaw } from '../../testing/raw-messages.js';
import { listening, transportOf } from '../../testing/transport.js';
import type { Broker } from '../broker.js';
import { declareExchanges, declareQueue } from './declare.js';
import { TopologyMismatchError } from './drift.js';

const QUEUE = 'indexer.documents';

describe('declaring topology that the broker has otherwise', () => {
  let brokers: Brokers;
  let broker: Broker;
  /** How other people declare. */
  let other: Broker;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
    [broker, other] = await Promise.all([brokers.open(), brokers.open()]);
  });
  afterEach(() => brokers[Symbol.asyncDispose]());

  async function refusal(name: QueueName): Promise<unknown> {
    const channel = await broker.openChannel('consume');
    return declareExchanges(channel)
      .then(() => declareQueue(channel, name))
      .catch((error: unknown) => error);
  }

  const wanted = QUEUES[QUEUE].arguments;
  it.each([
    ['another limit', { ...wanted, 'x-max-length': 5 }, 'x-max-length', '5', '20000'],
    ['no limit', { ...wanted, 'x-max-length': undefined }, 'x-max-length', 'none', '20000'],
    ['more than it should', { ...wanted, 'x-expires': 60_000 }, 'x-expires', '60000', 'none'],
    [
      'another dead-letter exchange',
      { ...wanted, 'x-dead-letter-exchange': 'amq.direct' },
      'x-dead-letter-exchange',
      'amq.direct',
      'signalbox.dead',
    ],
    [
      'another type of queue',
      { 'x-queue-type': 'classic' },
      expect.any(String),
      expect.any(String),
      expect.any(String),
    ],
  ])('names queue, argument and both values: %s', async (_, args, property, there, should) => {
    await withChannel(other, (channel) => channel.raw.assertQueue(QUEUE, { arguments: args }));
    const failure = await refusal(QUEUE);
    expect(failure).toBeInstanceOf(TopologyMismatchError);
    expect(failure).toMatchObject({
      code: 'topology-mismatch',
      retryable: false,
      drift: {
        kind: 'queue',
        name: QUEUE,
        vhost: brokers.server.vhost,
        property,
        there,
        wanted: should,
      },
    });
    const advice = `rabbitmqctl delete_queue ${QUEUE} -p ${brokers.server.vhost}`;
    expect(String(failure)).toContain(advice);
  });

  it('names an exchange of another type', async () => {
    await withChannel(other, (channel) => channel.raw.assertExchange('signalbox.events', 'fanout'));
    const failure = await refusal(QUEUE);
    expect(failure).toMatchObject({
      drift: {
        kind: 'exchange',
        name: 'signalbox.events',
        property: 'type',
        there: 'fanout',
        wanted: 'topic',
      },
    });
    expect(String(failure)).toMatch(
      /signalbox.events exists .+ type is fanout there.+delete exchange/,
    );
  });

  it('says so when another connection holds the queue for itself', async () => {
    await withChannel(other, async (channel) => {
      await channel.raw.assertQueue(QUEUE, { exclusive: true, durable: false });
      expect(await refusal(QUEUE)).toMatchObject({
        drift: { property: 'exclusive', there: 'true', wanted: 'false' },
      });
    });
  });

  it('deletes nothing: what is in the queue stays there', async () => {
    await withChannel(other, (channel) =>
      channel.raw.assertQueue(QUEUE, { arguments: { ...wanted, 'x-max-length': 5 } }),
    );
    const properties = { persistent: true };
    await publishRaw(other, { exchange: '', routingKey: QUEUE, body: '1', properties });
    await expect(listening(transportOf(broker, [{ queue: QUEUE }], {}))).rejects.toBeInstanceOf(
      TopologyMismatchError,
    );
    await eventually('it is there', async () => (await waitingIn(other, QUEUE)) === 1);
  });

  it('declares and checks what dead letters go to first: no queue is there before it', async () => {
    await withChannel(other, (channel) =>
      channel.raw.assertQueue(`${QUEUE}.dead`, { arguments: { 'x-queue-type': 'quorum' } }),
    );
    await expect(listening(transportOf(broker, [{ queue: QUEUE }], {}))).rejects.toMatchObject({
      drift: { name: `${QUEUE}.dead` },
    });
    await expect(waitingIn(other, QUEUE)).rejects.toThrow(/no queue 'indexer.documents'/);
  });
});
