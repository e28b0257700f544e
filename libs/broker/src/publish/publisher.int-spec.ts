import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CancelTask,
  DependencyUnavailableError,
  ExecutionChanged,
  InvalidMessageError,
  ServiceStopped,
  definitionOf,
} from '#contracts';
import { Deferred } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers, waitingIn, withChannel } from '../../testing/brokers.js';
import { TcpProxy } from '../../testing/tcp-proxy.js';
import type { Broker } from '../broker.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { UnroutableError } from './publish-errors.js';

function message(routingKey: string, body = '{}'): OutgoingMessage {
  const properties = { messageId: randomUUID(), type: 'test', mandatory: true };
  return { exchange: '', routingKey, body: Buffer.from(body), properties };
}

describe('publishing', () => {
  let brokers: Brokers;
  let proxy: TcpProxy;
  /** Whose connection is cut. */
  let broker: Broker;
  /** Who looks. */
  let other: Broker;

  beforeAll(async () => {
    brokers = await Brokers.fresh();
    proxy = await TcpProxy.to(brokers.url);
    broker = await brokers.open({ url: proxy.through(brokers.url) });
    other = await brokers.open();
  });
  afterAll(async () => {
    await brokers[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  async function queueOf(length?: number): Promise<string> {
    const queue = `test-${randomUUID()}`;
    const limits = { 'x-max-length': length, 'x-overflow': 'reject-publish' };
    await withChannel(other, (channel) =>
      channel.raw.assertQueue(queue, { arguments: length === undefined ? {} : limits }),
    );
    return queue;
  }

  it('repeats what a full queue refuses until it is taken, and loses nothing', async () => {
    const queue = await queueOf(1);
    const publishes = Promise.all(
      Array.from({ length: 12 }, (_, n) => broker.publisher.send(message(queue, String(n)))),
    );
    await eventually('the queue is full', async () => (await waitingIn(other, queue)) === 1);
    const arrived = new Set<string>();
    await withChannel(other, async (channel) => {
      await channel.consume(queue, (delivery) => {
        arrived.add(String(delivery.content));
        channel.ack(delivery);
      });
      await publishes;
      await eventually('the last one arrives', () => arrived.size === 12);
      expect([...arrived].toSorted()).toEqual([...Array(12).keys()].map(String).toSorted());
    });
  });

  it('tells of each refusal, and slows down', async () => {
    const queue = await queueOf(1);
    await broker.publisher.send(message(queue));
    const stop = new AbortController();
    let refusals = 0;
    const third = new Deferred();
    const publishing = broker.publisher.send(message(queue), stop.signal, () => {
      refusals += 1;
      if (refusals === 3) third.resolve();
    });
    await third.promise;
    stop.abort(new Error('enough'));
    await expect(publishing).rejects.toThrow('enough');
  });

  it('gives the room of its window back, whatever way a publish ends', async () => {
    const full = await queueOf(1);
    await broker.publisher.send(message(full));
    const stop = new AbortController();
    // More than the window holds: some are refused again and again, the others wait for their turn.
    const publishes = Array.from({ length: 1_500 }, () =>
      broker.publisher.send(message(full), stop.signal),
    );
    const waiting = broker.publisher.send(message(await queueOf()));
    stop.abort(new Error('enough'));
    const results = await Promise.allSettled(publishes);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    await waiting;
    await Promise.allSettled(
      Array.from({ length: 1_200 }, () => broker.publisher.send(message('nowhere'))),
    );
    const open = await queueOf();
    await Promise.all(Array.from({ length: 1_200 }, () => broker.publisher.send(message(open))));
    expect(await waitingIn(other, open)).toBe(1_200);
  });

  it('is not held up by a full queue that others publish to', async () => {
    const [full, open] = [await queueOf(1), await queueOf()];
    await broker.publisher.send(message(full));
    const stop = new AbortController();
    // More than the window, and more than a lane, holds.
    const stuck = Array.from({ length: 2_500 }, () =>
      broker.publisher.send(message(full), stop.signal),
    );
    await Promise.all(Array.from({ length: 1_500 }, () => broker.publisher.send(message(open))));
    expect(await waitingIn(other, open)).toBe(1_500);
    expect(await waitingIn(other, full)).toBe(1);
    stop.abort(new Error('enough'));
    const results = await Promise.allSettled(stuck);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(broker.publisher).toMatchObject({
      window: { messages: 0, bytes: 0 },
      refused: { lanes: new Map() },
    });
  });

  it('loses nothing when its connection is cut again and again', async () => {
    const queue = await queueOf();
    const publishes = Array.from({ length: 300 }, (_, n) =>
      broker.publisher.send(message(queue, String(n))),
    );
    for (let cut = 0; cut < 3; cut += 1) {
      await publishes[cut * 50];
      proxy.cut();
    }
    await Promise.all(publishes);
    const arrived = new Set<string>();
    await withChannel(other, async (channel) => {
      await channel.consume(queue, (delivery) => void arrived.add(String(delivery.content)), {
        noAck: true,
      });
      await eventually('all have arrived', () => arrived.size >= 300);
      expect(arrived.size).toBe(300);
    });
  });

  it('says of a message that no queue takes so, also across a lost channel', async () => {
    const publishes = Array.from({ length: 50 }, () => broker.publisher.send(message('nowhere')));
    proxy.cut();
    const results = await Promise.allSettled(publishes);
    for (const result of results) {
      expect(result).toMatchObject({ reason: expect.any(UnroutableError) });
    }
  });

  it('says so too when not even the exchange exists, and carries on with the rest', async () => {
    const queue = await queueOf();
    const stopped = { instanceId: `${randomUUID()}.1`, reason: 'test' };
    const lost = broker.publisher.publish(ServiceStopped, stopped);
    const kept = broker.publisher.send(message(queue));
    await expect(lost).rejects.toBeInstanceOf(UnroutableError);
    await kept;
  });

  it.each([
    ['a body that violates its contract', { executionId: 'no uuid', reason: 'test' }],
    ['a field that is too long', { executionId: randomUUID(), reason: 'x'.repeat(10_000) }],
  ])('refuses %s at once', async (_, body) => {
    const failure: unknown = await broker.publisher
      .publish(CancelTask, body)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidMessageError);
    expect(failure).toMatchObject({ code: 'contract-violated' });
  });

  it('refuses headers that cannot be encoded at once, not for ever', async () => {
    const properties = { ...message('x').properties, headers: { huge: 'x'.repeat(70_000) } };
    const huge = { ...message('x'), properties };
    await expect(broker.publisher.send(huge)).rejects.toBeInstanceOf(InvalidMessageError);
  });

  it('rejects what waits when the broker is closed: refused, or not connected', async () => {
    const full = await queueOf(1);
    await broker.publisher.send(message(full));
    const down = new URL(brokers.url);
    down.port = '1';
    const closing = await brokers.open();
    const never = brokers.begin({ url: down.href });
    const waiting = [
      ...Array.from({ length: 1_100 }, () => closing.publisher.send(message(full))),
      ...Array.from({ length: 10 }, () => never.publisher.send(message(full))),
    ];
    const results = Promise.allSettled(waiting);
    await withChannel(closing, (channel) => channel.raw.checkQueue(full));
    await Promise.all([closing.close(), never.close()]);
    for (const result of await results) {
      expect(result).toMatchObject({ reason: expect.any(DependencyUnavailableError) });
    }
    await expect(never.publisher.send(message(full))).rejects.toThrow(/closed by this process/);
  });

  it('is content without a reader where a message need not have one', async () => {
    await withChannel(other, (channel) =>
      channel.raw.assertExchange('signalbox.events', 'topic', { durable: true }),
    );
    const [example] = definitionOf(ExecutionChanged).examples;
    if (example === undefined) throw new Error('no example');
    await expect(broker.publisher.publish(ExecutionChanged, example)).resolves.toBeUndefined();
  });
});
