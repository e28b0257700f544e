import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DependencyUnavailableError, StatusTick } from '#contracts';
import { Deferred, Gate, sleep } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers, waitingIn } from '../../testing/brokers.js';
import { TcpProxy } from '../../testing/tcp-proxy.js';
import { transportOf } from '../../testing/transport.js';
import type { Broker, BrokerOptions } from '../broker.js';
import type { BrokerServer } from '../nest/broker-server.js';
import type { DeliveryContext } from '../nest/delivery-context.js';

const QUEUE = 'status.record';
const processId = randomUUID();

describe('the order of a queue with one reader at a time', () => {
  let brokers: Brokers;
  let publishing: Broker;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
    publishing = await brokers.open();
  });
  afterEach(() => brokers[Symbol.asyncDispose]());

  async function reader(
    handler: (tick: StatusTick, context: DeliveryContext) => Promise<void>,
    options: Partial<BrokerOptions> = {},
  ): Promise<BrokerServer> {
    const broker = await brokers.open({ service: 'status', ...options });
    const transport = transportOf(broker, [{ queue: QUEUE, prefetch: 5 }], { [QUEUE]: handler });
    return brokers.listen(transport);
  }

  /** Puts the numbers from 1 into the queue, in order. */
  async function publish(count: number): Promise<void> {
    for (let at = 1; at <= count; at += 1) {
      await publishing.publisher.publish(StatusTick, { processId, at });
    }
  }

  const numbers = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, n) => from + n);

  it('is kept when the reader is drained: the next one begins where it ended', async () => {
    const [first, second]: [number[], number[]] = [[], []];
    const mayEnd = new Gate();
    const holdsFive = new Deferred();
    const leaving = await reader(async ({ at }) => {
      first.push(at);
      if (first.length === 5) holdsFive.resolve();
      await mayEnd.wait();
    });
    await reader(async ({ at }) => void second.push(at));
    await publish(20);
    await holdsFive.promise;
    const drained = leaving.drain(5_000);
    // What the first still holds is not overtaken, however often one looks.
    for (let look = 0; look < 20; look += 1) {
      expect(await waitingIn(publishing, QUEUE)).toBe(15);
    }
    expect(second).toEqual([]);
    mayEnd.open();
    await drained;
    await eventually('the rest is read', () => second.length === 15);
    expect(first).toEqual(numbers(1, 5));
    expect(second).toEqual(numbers(6, 20));
  });

  it('is kept when the reader pauses: all it held goes back before anybody reads on', async () => {
    const [first, second]: [number[], number[]] = [[], []];
    const pausing = await reader(async ({ at }, { signal }) => {
      first.push(at);
      if (first.length < 5) return sleep(Infinity, signal);
      throw new DependencyUnavailableError('the database is down');
    });
    pausing.setProbe(QUEUE, (signal) => sleep(Infinity, signal));
    await reader(async ({ at }) => void second.push(at));
    await publish(20);
    await eventually('all is read', () => second.length === 20);
    expect(first).toEqual(numbers(1, 5));
    expect(second).toEqual(numbers(1, 20));
  });

  it('is kept when the connection of the reader dies: the next one takes over at once, from what was not settled', async () => {
    await using proxy = await TcpProxy.to(brokers.url);
    const [first, second]: [number[], number[]] = [[], []];
    const mayEnd = new Gate();
    const url = proxy.through(brokers.url);
    await reader(
      async ({ at }) => {
        first.push(at);
        if (at > 5) await mayEnd.wait();
      },
      { url },
    );
    await reader(async ({ at }) => void second.push(at));
    await publish(20);
    await eventually('it holds what comes after five', () => first.length === 10);
    proxy.cut();
    const cutAtMs = performance.now();
    await eventually('the next one begins', () => second.length > 0);
    expect(performance.now() - cutAtMs).toBeLessThan(2_000);
    mayEnd.open();
    await eventually('the rest is read', () => second.at(-1) === 20);
    expect(first.slice(0, 10)).toEqual(numbers(1, 10));
    expect(second).toEqual(numbers(6, 20));
  });

  it('is kept within a reader: handlers begin in the order of the queue', async () => {
    const begun: number[] = [];
    await reader(async ({ at }) => {
      begun.push(at);
      await sleep(Math.random() * 3);
    });
    await publish(100);
    await eventually('all has begun', () => begun.length === 100);
    expect(begun).toEqual(numbers(1, 100));
  });

  it('hands nothing to a handler once another has found its dependency down', async () => {
    const begun: number[] = [];
    const pausing = await reader(async ({ at }) => {
      begun.push(at);
      throw new DependencyUnavailableError('the database is down');
    });
    pausing.setProbe(QUEUE, (signal) => sleep(Infinity, signal));
    await publish(50);
    await eventually('it is paused', () => pausing.trouble());
    // At most what was delivered together.
    expect(begun).toEqual(numbers(1, begun.length));
    expect(begun.length).toBeLessThanOrEqual(5);
  });
});
