import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DependencyUnavailableError, WorkOffered } from '#contracts';
import { Deferred, Gate } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers, leftIn, waitingIn } from '../../testing/brokers.js';
import { idOf, publishDocument } from '../../testing/documents.js';
import { publishRaw } from '../../testing/raw-messages.js';
import { transportOf, type Handlers } from '../../testing/transport.js';
import type { Broker } from '../broker.js';
import { BrokerChannel } from '../connection/broker-channel.js';
import type { BrokerServer } from '../nest/broker-server.js';
import type { DeliveryContext } from '../nest/delivery-context.js';
import type { Slot } from './slots.js';

const QUEUE = 'indexer.documents';
const DOCUMENT = '{"create":{"_index":"lines","_id":"1"}}\n{"n":1}\n';

/** How often the broker has had a message back. */
const returnsOf = ({ message }: DeliveryContext): number =>
  Number(message.headers['x-delivery-count'] ?? 0);

describe('attempts at a message', () => {
  let brokers: Brokers;
  let broker: Broker;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
    broker = await brokers.open();
  });
  afterEach(() => brokers[Symbol.asyncDispose]());

  function consume(onDocuments: Handlers[string], prefetch = 4): Promise<BrokerServer> {
    const handlers = { 'document.index': onDocuments };
    return brokers.listen(transportOf(broker, [{ queue: QUEUE, prefetch }], handlers));
  }

  it.each([
    [
      'x-death of elsewhere',
      { 'x-death': [{ queue: 'elsewhere', reason: 'rejected', count: 9 }] },
      1,
    ],
    ['x-delivery-count of elsewhere', { 'x-delivery-count': 9 }, 1],
    ['signalbox-attempt', { 'signalbox-attempt': 3, 'x-death': [{ count: 9 }] }, 3],
    ['a signalbox-attempt that is none', { 'signalbox-attempt': -1 }, 1],
  ])('are counted by the header signalbox-attempt only: %s', async (_, headers, attempt) => {
    const counted = new Deferred<number>();
    await consume(async (_body, context) => counted.resolve(context.attempt));
    const properties = { headers };
    await publishRaw(broker, { routingKey: 'document.index', body: DOCUMENT, properties });
    expect(await counted.promise).toBe(attempt);
  });

  it('are not spent while a dependency is down: what was held goes back once, whatever the probes say', async () => {
    const returned = new Map<string, number>();
    let probes = 0;
    const consuming = await consume(async (body: never, context) => {
      if (probes < 4) throw new DependencyUnavailableError('the store is down');
      returned.set(idOf(body), returnsOf(context));
    });
    consuming.setProbe(QUEUE, async () => {
      probes += 1;
      if (probes < 4) throw new Error('still down');
    });
    const ids = Array.from({ length: 8 }, (_, n) => `d-${n}`);
    for (const id of ids) await publishDocument(broker, id);
    await eventually('all is handled', () => returned.size === ids.length, 20_000);
    const most = Math.max(...returned.values());
    expect(most).toBe(1);
    expect(probes).toBe(4);
  }, 30_000);

  it('are not repeated when the handler fails: failing events do not freeze the consumer either', async () => {
    const calls: string[] = [];
    const consuming = await consume(async (body: never) => {
      calls.push(idOf(body));
      if (idOf(body).startsWith('bad')) throw new Error('a defect');
    }, 2);
    const bad = Array.from({ length: 10 }, (_, n) => `bad-${n}`);
    for (const id of [...bad, 'good']) await publishDocument(broker, id);
    await eventually('what comes after them is handled', () => calls.includes('good'));
    await eventually(
      'each is dead',
      async () => (await waitingIn(broker, `${QUEUE}.dead`)) === bad.length,
    );
    await consuming.drain(1_000);
    expect(calls.toSorted()).toEqual([...bad, 'good'].toSorted());
    expect(await leftIn(broker, QUEUE)).toBe(0);
  });

  it('are not spent by being full: offers wait in the queue, not unacknowledged, and come once', async () => {
    const OFFERS = 12;
    const requeue = jest.spyOn(BrokerChannel.prototype, 'requeue');
    const kept: Slot[] = [];
    const returns: number[] = [];
    const worker = await brokers.open({ service: 'streamer' });
    const transport = transportOf(worker, [{ queue: 'streamer.work', slots: 1 }], {
      'work.offered': async (_, context) => {
        returns.push(returnsOf(context) + Number(context.message.redelivered));
        context.slot?.keep();
        if (context.slot !== undefined) kept.push(context.slot);
      },
    });
    await brokers.listen(transport);
    for (let n = 0; n < OFFERS; n += 1) {
      await broker.publisher.publish(WorkOffered, { key: `stream/s-${n}`, epoch: 1 });
    }
    for (let taken = 1; taken <= OFFERS; taken += 1) {
      await eventually('it is full', () => returns.length === taken);
      const waiting = async () => (await waitingIn(broker, 'streamer.work')) === OFFERS - taken;
      await eventually('the others wait in the queue', waiting);
      for (const slot of kept.splice(0)) slot.release();
    }
    expect(requeue).not.toHaveBeenCalled();
    expect(returns).toEqual(Array.from({ length: OFFERS }, () => 0));
  }, 20_000);

  it('go on side by side, never more than the prefetch', async () => {
    const mayEnd = new Gate();
    let [running, most, handled] = [0, 0, 0];
    await consume(async () => {
      running += 1;
      most = Math.max(most, running);
      await mayEnd.wait();
      running -= 1;
      handled += 1;
    });
    for (let n = 0; n < 40; n += 1) await publishDocument(broker, `d-${n}`);
    await eventually('as many as may be are held', () => running === 4);
    expect(await waitingIn(broker, QUEUE)).toBe(36);
    mayEnd.open();
    await eventually('all is handled', () => handled === 40);
    expect(most).toBe(4);
  });
});
