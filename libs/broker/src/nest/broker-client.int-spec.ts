import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConsumeMessage } from 'amqplib';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import {
  DependencyUnavailableError,
  InvalidMessageError,
  SearchDocumentsAnswered,
  SignalboxError,
  TimedOutError,
} from '#contracts';
import { Deferred, sleep } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers, waitingIn, withChannel } from '../../testing/brokers.js';
import { listening, transportOf } from '../../testing/transport.js';
import type { Broker } from '../broker.js';
import { UnroutableError } from '../publish/publish-errors.js';
import { declareExchanges, declareQueue } from '../topology/declare.js';
import { BrokerClient } from './broker-client.js';
import type { DeliveryContext } from './delivery-context.js';

const LOST = 'an emitted message was lost';
const cancel = { executionId: randomUUID(), reason: 'test' };
const query = { index: 'lines', query: 'hello' };
const answered = Object.assign(new SearchDocumentsAnswered(), { hits: [], total: 0 });

describe('the client of Nest', () => {
  let brokers: Brokers;
  let broker: Broker;
  let client: BrokerClient;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
    broker = await brokers.open();
    client = new BrokerClient(broker);
    await client.connect();
  });
  afterEach(async () => {
    await client.close();
    await brokers[Symbol.asyncDispose]();
  });

  const lost = (): number => brokers.log.messages('error').filter((line) => line === LOST).length;

  async function withRecord(): Promise<void> {
    await withChannel(broker, async (channel) => {
      await declareExchanges(channel);
      await declareQueue(channel, 'status.record.dead');
      await declareQueue(channel, 'status.record');
    });
  }

  /** A reader of queries that does this with one. */
  async function answering(
    handler: (body: never, context: DeliveryContext) => Promise<object>,
  ): Promise<void> {
    const queues = [{ queue: 'indexer.queries' as const }];
    await listening(transportOf(broker, queues, { 'document.search': handler }));
  }

  it('publishes what is emitted, confirmed, when somebody waits for it', async () => {
    await withRecord();
    await expect(lastValueFrom(client.emit('task.cancel', cancel))).resolves.toBeUndefined();
    expect(await waitingIn(broker, 'status.record')).toBe(1);
  });

  it('publishes what is emitted once, whether nobody subscribes or many do, early or late', async () => {
    await withRecord();
    client.emit('task.cancel', cancel);
    const emitted = client.emit('task.cancel', cancel);
    await Promise.all([lastValueFrom(emitted), lastValueFrom(emitted)]);
    await expect(firstValueFrom(emitted)).resolves.toBeUndefined();
    await eventually(
      'both are there',
      async () => (await waitingIn(broker, 'status.record')) === 2,
    );
  });

  it.each([
    ['nobody takes it', 'task.cancel', cancel, UnroutableError],
    ['it violates its contract', 'task.cancel', { executionId: 'x' }, InvalidMessageError],
    ['there is no such message', 'task.destroy', cancel, InvalidMessageError],
    ['it has no body', 'task.cancel', undefined, InvalidMessageError],
  ])('tells who subscribes that an emit failed: %s', async (_, type, body, kind) => {
    const emitted = client.emit(type, body);
    await expect(lastValueFrom(emitted)).rejects.toBeInstanceOf(kind);
    await expect(lastValueFrom(emitted)).rejects.toBeInstanceOf(kind);
    expect(lost()).toBe(0);
  });

  it('logs that an emit failed when nobody subscribes, and can still be asked', async () => {
    const emitted = client.emit('task.cancel', cancel);
    await eventually('it is logged', () => lost() === 1);
    await expect(lastValueFrom(emitted)).rejects.toBeInstanceOf(UnroutableError);
    expect(lost()).toBe(1);
  });

  it('gives the answer to a question, and its failure', async () => {
    let fail = false;
    await answering(async () => {
      if (fail) throw new SignalboxError('not-found', 'no such index');
      return answered;
    });
    await expect(lastValueFrom(client.send('document.search', query))).resolves.toBeInstanceOf(
      SearchDocumentsAnswered,
    );
    fail = true;
    await expect(lastValueFrom(client.send('document.search', query))).rejects.toMatchObject({
      code: 'not-found',
      message: 'no such index',
    });
  });

  it('asks once for every subscriber, and not before', async () => {
    let asked = 0;
    await answering(async () => {
      asked += 1;
      return answered;
    });
    const question = client.send('document.search', query);
    await lastValueFrom(client.send('document.search', query));
    expect(asked).toBe(1);
    await Promise.all([lastValueFrom(question), lastValueFrom(question)]);
    expect(asked).toBe(3);
  });

  it('sends its deadline with a question, and gives up then', async () => {
    const deadline = new Deferred<number | undefined>();
    await answering(async (_, context) => {
      deadline.resolve(context.deadline);
      return sleep(Infinity, context.signal) as Promise<never>;
    });
    const hasty = new BrokerClient(broker, { requestTimeoutMs: 300 });
    const before = Date.now();
    await expect(lastValueFrom(hasty.send('document.search', query))).rejects.toBeInstanceOf(
      TimedOutError,
    );
    expect(await deadline.promise).toBeGreaterThanOrEqual(before + 300);
    expect(await deadline.promise).toBeLessThanOrEqual(Date.now() + 300);
    await hasty.close();
  });

  it('includes connecting in the deadline', async () => {
    const url = new URL(brokers.url);
    url.port = '1';
    const down = new BrokerClient(brokers.begin({ url: url.href }), { requestTimeoutMs: 200 });
    await expect(lastValueFrom(down.send('document.search', query))).rejects.toThrow(
      /not answered within 200 ms: cannot connect/,
    );
    await down.close();
  });

  it('gives up a question that nobody waits for any more', async () => {
    const asked = new Deferred<ConsumeMessage | DeliveryContext>();
    await answering(async (_, context) => {
      asked.resolve(context);
      return sleep(Infinity, context.signal) as Promise<never>;
    });
    const subscription = client.send('document.search', query).subscribe();
    await asked.promise;
    expect(client.supervisor.inspect().tasks).toMatchObject([{ name: 'ask document.search' }]);
    subscription.unsubscribe();
    await eventually('it is given up', () => client.supervisor.inspect().occupied === 0);
  });

  it('refuses more than a thousand at a time, and anything once it is closed', async () => {
    const url = new URL(brokers.url);
    url.port = '1';
    const down = new BrokerClient(brokers.begin({ url: url.href }));
    for (let n = 0; n < 1_000; n += 1) down.emit('task.cancel', cancel);
    await expect(lastValueFrom(down.emit('task.cancel', cancel))).rejects.toThrow(/1000 messages/);
    await expect(lastValueFrom(down.send('task.cancel', cancel))).rejects.toBeInstanceOf(
      DependencyUnavailableError,
    );
    await down.close();
    expect(lost()).toBe(1_001);
    await expect(lastValueFrom(down.emit('task.cancel', cancel))).rejects.toThrow(/is closed/);
  });
});
