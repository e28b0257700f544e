import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DependencyUnavailableError, WorkOffered } from '#contracts';
import { Deferred, Gate, sleep } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers, leftIn, waitingIn, withChannel } from '../../testing/brokers.js';
import { idOf, publishDocument } from '../../testing/documents.js';
import { TcpProxy } from '../../testing/tcp-proxy.js';
import { transportOf, type Handlers } from '../../testing/transport.js';
import type { Broker } from '../broker.js';
import { BrokerChannel } from '../connection/broker-channel.js';
import type { BrokerServer } from '../nest/broker-server.js';
import type { DeliveryContext } from '../nest/delivery-context.js';

const QUEUE = 'indexer.documents';

describe('acknowledgements in groups', () => {
  let brokers: Brokers;
  let proxy: TcpProxy;
  /** Whose transport is tested. */
  let broker: Broker;
  /** Who publishes and looks. */
  let other: Broker;
  const ackedAt: number[] = [];
  const send = Object.getOwnPropertyDescriptor(BrokerChannel.prototype, 'ackTag')?.value as (
    ...args: Parameters<BrokerChannel['ackTag']>
  ) => void;
  const cancel = jest.spyOn(BrokerChannel.prototype, 'cancel');
  const ackTag = jest.spyOn(BrokerChannel.prototype, 'ackTag');
  ackTag.mockImplementation(function (this: BrokerChannel, ...args) {
    ackedAt.push(performance.now());
    send.apply(this, args);
  });

  beforeEach(async () => {
    jest.clearAllMocks();
    ackedAt.length = 0;
    brokers = await Brokers.fresh();
    proxy = await TcpProxy.to(brokers.url);
    broker = await brokers.open({ url: proxy.through(brokers.url) });
    other = await brokers.open();
  });
  afterEach(async () => {
    await brokers[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  async function consume(onDocuments: Handlers[string], prefetch: number): Promise<BrokerServer> {
    const handlers = { 'document.index': onDocuments };
    return brokers.listen(transportOf(broker, [{ queue: QUEUE, prefetch }], handlers));
  }

  /** Publishes documents with these ids, a message each, in order. */
  async function publish(...ids: string[]): Promise<void> {
    await Promise.all(ids.map((id) => publishDocument(other, id)));
  }

  const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => `d-${n}`);

  it('take far fewer frames than deliveries, and leave none', async () => {
    let handled = 0;
    const consuming = await consume(async () => void (handled += 1), 200);
    await publish(...ids(1_000));
    await eventually('all is handled', () => handled === 1_000);
    await consuming.drain(1_000);
    expect(await leftIn(other, QUEUE)).toBe(0);
    expect(ackTag.mock.calls.length).toBeLessThan(250);
  });

  it('go only up to the highest tag below which everything is settled', async () => {
    const handled = new Set<string>();
    const slow = new Set(['d-0', 'd-7', 'd-8', 'd-20']);
    const consuming = await consume(async (body: never, { signal }: DeliveryContext) => {
      if (slow.has(idOf(body))) await sleep(Infinity, signal);
      handled.add(idOf(body));
    }, 32);
    await publish(...ids(200));
    await eventually('what can be handled is handled', () => handled.size === 200 - slow.size);
    await consuming.drain(0);
    // Neither an earlier nor a later batch has acknowledged what was in flight.
    expect(await leftIn(other, QUEUE)).toBe(slow.size);
  });

  it('go one by one when a hole blocks for over a second', async () => {
    const holding = new Deferred();
    const consuming = await consume(async (body: never, { signal }: DeliveryContext) => {
      if (idOf(body) !== 'hole') return;
      holding.resolve();
      await sleep(Infinity, signal);
    }, 32);
    await publish('hole');
    await holding.promise;
    await publish('a', 'b');
    await eventually('they are acknowledged', () => ackTag.mock.calls.length === 2);
    expect(ackTag.mock.calls.map(([, multiple]) => multiple)).toEqual([false, false]);
    await consuming.drain(0);
    expect(await leftIn(other, QUEUE)).toBe(1);
  });

  it('are not delayed when little comes', async () => {
    const returnedAt: number[] = [];
    await consume(async () => void returnedAt.push(performance.now()), 32);
    for (let n = 1; n <= 20; n += 1) {
      await publish(`d-${n}`);
      await eventually('it is acknowledged', () => ackedAt.length === n);
    }
    const delays = ackedAt.map((at, n) => at - Number(returnedAt[n])).toSorted((a, b) => a - b);
    expect(delays[10]).toBeLessThan(5);
  });

  it('of a dead channel generation settle nothing on the next: the delivery comes again', async () => {
    const [began, again] = [new Deferred(), new Deferred()];
    const mayReturn = new Gate();
    let calls = 0;
    const consuming = await consume(async () => {
      calls += 1;
      if (calls === 2) again.resolve();
      if (calls > 1) return;
      began.resolve();
      // It does not look at its signal, and returns after its channel died.
      await mayReturn.wait();
    }, 4);
    await publish('one');
    await began.promise;
    const before = broker.consuming.live;
    proxy.cut();
    await eventually('it is noticed', () => broker.consuming.live !== before);
    mayReturn.open();
    await again.promise;
    await consuming.drain(1_000);
    expect(calls).toBe(2);
    expect(await leftIn(other, QUEUE)).toBe(0);
    expect(brokers.log.messages('error')).toEqual([]);
  });

  it('are sent before a consumer pauses: only what was not handled comes again', async () => {
    const calls = new Map<string, number>();
    let down = true;
    const consuming = await consume(async (body: never) => {
      const id = idOf(body);
      calls.set(id, (calls.get(id) ?? 0) + 1);
      if (id === 'd-9' && down) throw new DependencyUnavailableError('the store is down');
    }, 32);
    consuming.setProbe(QUEUE, async () => void (down = false));
    await publish(...ids(9));
    await eventually('the others are handled', () => calls.size === 9);
    await publish('d-9');
    await eventually('it is handled after all', () => calls.get('d-9') === 2);
    expect([...calls].filter(([, count]) => count > 1)).toEqual([['d-9', 2]]);
  });

  it('leave room for dead letters among them', async () => {
    let handled = 0;
    const consuming = await consume(async () => void (handled += 1), 16);
    await withChannel(other, async (channel) => {
      for (let n = 0; n < 100; n += 1) {
        const [exchange, routingKey] = ['signalbox.commands', 'document.index'];
        const body = Buffer.from('nonsense');
        await channel.publish({
          exchange,
          routingKey,
          body,
          properties: { type: routingKey, messageId: randomUUID() },
        });
        await publish(`d-${n}`);
      }
    });
    await eventually('all is handled', () => handled === 100);
    await eventually(
      'the rest is dead',
      async () => (await waitingIn(other, `${QUEUE}.dead`)) === 100,
    );
    await consuming.drain(1_000);
    expect(await leftIn(other, QUEUE)).toBe(0);
  });

  it('come after the cancel, when they would let more arrive than there are slots', async () => {
    const worker = await brokers.open({ service: 'streamer' });
    let kept = 0;
    const transport = transportOf(worker, [{ queue: 'streamer.work', slots: 3 }], {
      'work.offered': async (_, { slot }) => {
        slot?.keep();
        kept += 1;
      },
    });
    await brokers.listen(transport);
    for (let n = 0; n < 10; n += 1) {
      await other.publisher.publish(WorkOffered, { key: `stream/s-${n}`, epoch: 1 });
    }
    await eventually('all slots are taken', () => kept === 3);
    await eventually('nothing is consumed', async () => {
      const { consumerCount } = await withChannel(other, (channel) =>
        channel.raw.checkQueue('streamer.work'),
      );
      return consumerCount === 0;
    });
    await eventually(
      'all is acknowledged',
      async () => (await waitingIn(other, 'streamer.work')) === 7,
    );
    expect(kept).toBe(3);
    const [lastCancel, lastAck] = [cancel, ackTag].map(({ mock }) =>
      Number(mock.invocationCallOrder.at(-1)),
    );
    expect(lastCancel).toBeLessThan(Number(lastAck));
    await transport.drain(1_000);
    expect(await leftIn(other, 'streamer.work')).toBe(7);
  });
});
