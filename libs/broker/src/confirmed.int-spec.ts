import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConsumeMessage } from 'amqplib';
import {
  CancelTask,
  GetStreamAnswered,
  InvalidMessageError,
  TargetOutput,
  checkMessage,
  definitionOf,
} from '#contracts';
import { Deferred } from '#supervisor';
import { eventually } from '../../../tools/testing/eventually.ts';
import { Brokers, waitingIn, withChannel } from '../testing/brokers.js';
import { nextLetter, publishRaw } from '../testing/raw-messages.js';
import { transportOf } from '../testing/transport.js';
import type { Broker } from './broker.js';
import { NO_METRICS } from './broker-metrics.js';
import { declareExchanges, declareQueue } from './topology/declare.js';

const HALF_MEBIBYTE = 512 * 1024;
const FULL = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };

describe('what is published', () => {
  let brokers: Brokers;
  let broker: Broker;
  let settled: string[];

  beforeEach(async () => {
    settled = [];
    brokers = await Brokers.fresh();
    broker = await brokers.open({
      service: 'status',
      metrics: { ...NO_METRICS, settled: (_, outcome) => void settled.push(outcome) },
    });
  });
  afterEach(() => brokers[Symbol.asyncDispose]());

  async function queueOf(args: object): Promise<string> {
    const queue = `test-${randomUUID()}`;
    await withChannel(broker, (channel) => channel.raw.assertQueue(queue, { arguments: args }));
    return queue;
  }

  const fill = (queue: string): Promise<void> =>
    publishRaw(broker, { exchange: '', routingKey: queue, body: 'in the way' });

  const empty = (queue: string): Promise<unknown> =>
    withChannel(broker, (channel) => channel.raw.purgeQueue(queue));

  it('by a handler is confirmed before its delivery is acknowledged: an answer too', async () => {
    const replies = await queueOf(FULL);
    await fill(replies);
    const returned = new Deferred();
    const [example] = definitionOf(GetStreamAnswered).examples;
    const transport = transportOf(broker, [{ queue: 'status.queries' }], {
      'stream.get': async () => {
        returned.resolve();
        return checkMessage(GetStreamAnswered, example);
      },
    });
    await brokers.listen(transport);
    const properties = { replyTo: replies, correlationId: '1' };
    await publishRaw(broker, { routingKey: 'stream.get', body: '{"streamId":"a"}', properties });
    await returned.promise;
    // The full queue refuses the answer again and again.
    for (let look = 0; look < 20; look += 1) await waitingIn(broker, replies);
    expect(settled).toEqual([]);
    await empty(replies);
    await eventually('it is acknowledged', () => settled.length === 1);
    expect(settled).toEqual(['acknowledged']);
    expect(await waitingIn(broker, replies)).toBe(1);
  });

  it('and refused may have arrived elsewhere: it is published again with the same message id, not given up', async () => {
    const [full, open] = [await queueOf(FULL), await queueOf({})];
    const exchange = `test-${randomUUID()}`;
    await withChannel(broker, async ({ raw }) => {
      await raw.assertExchange(exchange, 'fanout');
      await raw.bindQueue(full, exchange, '');
      await raw.bindQueue(open, exchange, '');
    });
    await fill(full);
    const arrived: unknown[] = [];
    const reader = await broker.openChannel('consume');
    const note = ({ properties }: ConsumeMessage): void => void arrived.push(properties.messageId);
    await reader.consume(open, note, { noAck: true });
    const properties = { messageId: 'the-same', type: 'test', mandatory: true };
    const message = { exchange, routingKey: '', body: Buffer.from('{}'), properties };
    let isKnown = false;
    const publishing = broker.publisher.send(message).then(() => (isKnown = true));
    await eventually('the other queue has it, twice', () => arrived.length > 1);
    expect(isKnown).toBe(false);
    await empty(full);
    await publishing;
    expect(new Set(arrived)).toEqual(new Set(['the-same']));
    expect((await nextLetter(broker, full)).properties.messageId).toBe('the-same');
  });

  it.each([
    ['a command is persistent', CancelTask, 'task.cancel', 2],
    ['live output is transient', TargetOutput, 'target.output.#', 1],
  ])('is as durable as it must be: %s', async (_, contract, key, deliveryMode) => {
    const definition = definitionOf(contract as typeof CancelTask);
    const queue = await queueOf({});
    await withChannel(broker, async (channel) => {
      await declareExchanges(channel);
      await channel.raw.bindQueue(queue, definition.exchange, key);
    });
    await broker.publisher.publish(contract as typeof CancelTask, definition.examples[0]!);
    const { properties } = await nextLetter(broker, queue);
    expect(properties.deliveryMode).toBe(deliveryMode);
  });

  describe('is no larger than 512 KiB', () => {
    const ACTION = '{"create":{"_index":"lines","_id":"1"}}\n';

    /** A document that makes a message of this size. */
    const document = (bytes: number) => {
      const around = ACTION.length + '{"a":""}\n'.length;
      const source = Buffer.from(`{"a":"${'x'.repeat(bytes - around)}"}`);
      return { index: 'lines', id: '1', source };
    };

    beforeEach(() =>
      withChannel(broker, async (channel) => {
        await declareExchanges(channel);
        await declareQueue(channel, 'indexer.documents.dead');
        await declareQueue(channel, 'indexer.documents');
      }),
    );

    it('which its publisher checks', async () => {
      const refused = broker.publisher.publishDocuments([document(HALF_MEBIBYTE + 1)]);
      await expect(refused).rejects.toBeInstanceOf(InvalidMessageError);
      await expect(refused).rejects.toMatchObject({ code: 'too-large' });
      expect(await waitingIn(broker, 'indexer.documents')).toBe(0);
    });

    it('which its consumer checks too; the largest is handled', async () => {
      const indexer = await brokers.open();
      const sizes: number[] = [];
      const transport = transportOf(indexer, [{ queue: 'indexer.documents' }], {
        'document.index': async (_, { message }) => void sizes.push(message.body.length),
      });
      await brokers.listen(transport);
      const { source } = document(HALF_MEBIBYTE + 1);
      const body = Buffer.concat([Buffer.from(ACTION), source, Buffer.from('\n')]);
      await publishRaw(broker, { routingKey: 'document.index', body });
      const { properties } = await nextLetter(broker, 'indexer.documents.dead');
      expect(properties.headers).toMatchObject({ 'signalbox-error-code': 'too-large' });
      await broker.publisher.publishDocuments([document(HALF_MEBIBYTE)]);
      await eventually('the largest is handled', () => sizes.length === 1);
      expect(sizes).toEqual([HALF_MEBIBYTE]);
    });
  });
});
