import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GetStream, StatusTick, WorkOffered, type LiveQueueName } from '#contracts';
import { Deferred, Gate, sleep } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers, leftIn, waitingIn } from '../../testing/brokers.js';
import { idOf, publishDocument } from '../../testing/documents.js';
import { nextLetter } from '../../testing/raw-messages.js';
import { listening, transportOf, type Handlers } from '../../testing/transport.js';
import type { Broker } from '../broker.js';
import type { BrokerServer } from '../nest/broker-server.js';
import type { DeliveryContext } from '../nest/delivery-context.js';
import type { Slot } from './slots.js';

const HOLD_TIMEOUT_MS = 300;

describe('a handler that hangs past its deadline', () => {
  let brokers: Brokers;
  let broker: Broker;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
    broker = await brokers.open({ service: 'status' });
  });
  afterEach(() => brokers[Symbol.asyncDispose]());

  async function consume(
    queue: LiveQueueName,
    handlers: Handlers,
    options: { readonly slots?: number; readonly prefetch?: number; readonly at?: Broker } = {},
  ): Promise<BrokerServer> {
    const { at = broker, ...rest } = options;
    const consumer = { queue, holdTimeoutMs: HOLD_TIMEOUT_MS, ...rest };
    return brokers.listen(transportOf(at, [consumer], handlers));
  }

  async function publish(...ids: string[]): Promise<void> {
    for (const id of ids) await publishDocument(broker, id);
  }

  it('is told to stop, and its message becomes a dead letter with the code timed-out', async () => {
    const handled: string[] = [];
    const consuming = await consume(
      'indexer.documents',
      {
        'document.index': async (body: never, { signal }: DeliveryContext) => {
          if (idOf(body) === 'hangs') await sleep(Infinity, signal);
          handled.push(idOf(body));
        },
      },
      { prefetch: 1 },
    );
    await publish('hangs', 'next');
    const { properties } = await nextLetter(broker, 'indexer.documents.dead');
    expect(properties.headers).toMatchObject({
      'signalbox-error-code': 'timed-out',
      'signalbox-error-message':
        'the handler of document.index was not done after 0.3 s, and was told to stop',
    });
    await eventually('the next is handled', () => handled.length === 1);
    await consuming.drain(1_000);
    expect(await leftIn(broker, 'indexer.documents')).toBe(0);
  });

  it('becomes one too when it does not look at its signal; its room is gone until it ends', async () => {
    const mayEnd = new Gate();
    const consuming = await consume(
      'indexer.documents',
      { 'document.index': () => mayEnd.wait() },
      { prefetch: 1 },
    );
    await publish('deaf', 'deaf too');
    await nextLetter(broker, 'indexer.documents.dead');
    await eventually('it says so', () => consuming.trouble()?.includes('do not: restart'), 20_000);
    expect(brokers.log.lines).toContainEqual(
      expect.objectContaining({
        message: 'task overdue',
        facts: expect.objectContaining({ supervisor: 'indexer.documents', kind: 'stuck' }),
      }),
    );
    mayEnd.open();
    await eventually('all is well', () => consuming.trouble() === undefined, 20_000);
    expect(consuming.supervisors[0]?.inspect().stuck).toBe(0);
  }, 45_000);

  it('and returns all the same counts as done', async () => {
    const consuming = await consume('indexer.documents', {
      'document.index': async (_: never, { signal }: DeliveryContext) => {
        await sleep(Infinity, signal).catch(() => undefined);
      },
    });
    await publish('late');
    await eventually(
      'it is settled',
      async () => (await waitingIn(broker, 'indexer.documents')) === 0,
    );
    await consuming.drain(1_000);
    expect(await leftIn(broker, 'indexer.documents')).toBe(0);
    expect(await waitingIn(broker, 'indexer.documents.dead')).toBe(0);
  });

  it('tells whoever asked, when the query has no deadline of its own', async () => {
    await consume('status.queries', {
      'stream.get': (_: never, { signal }: DeliveryContext) => sleep(Infinity, signal),
    });
    const asked = broker.requester.request(GetStream, { streamId: 'a' }, { timeoutMs: 60_000 });
    await expect(asked).rejects.toMatchObject({
      code: 'timed-out',
      message: /was not done after 0.3 s/,
    });
    expect(await waitingIn(broker, 'status.queries.dead')).toBe(0);
  });

  it('in a queue with one reader at a time gives everything back, in order', async () => {
    const begun: number[] = [];
    let hangs = true;
    const consuming = await consume(
      'status.record',
      {
        'status.record': async ({ at }: StatusTick, { signal }: DeliveryContext) => {
          begun.push(at);
          if (hangs && at > 1) await sleep(Infinity, signal);
        },
      },
      { prefetch: 3 },
    );
    consuming.setProbe('status.record', async () => void (hangs = false));
    for (let at = 1; at <= 4; at += 1) {
      await broker.publisher.publish(StatusTick, { processId: randomUUID(), at });
    }
    const twos = (): number => begun.filter((at) => at === 2).length;
    await eventually('all is handled', () => twos() === 2 && begun.at(-1) === 4);
    const second = begun.lastIndexOf(2);
    expect(begun.slice(0, 2)).toEqual([1, 2]);
    expect(begun.slice(second)).toEqual([2, 3, 4]);
    await consuming.drain(1_000);
    expect(await leftIn(broker, 'status.record')).toBe(0);
    expect(await waitingIn(broker, 'status.record.dead')).toBe(0);
    expect(brokers.log.lines).toContainEqual(
      expect.objectContaining({
        message: 'consumer paused: a dependency is down',
        facts: expect.objectContaining({
          reason: expect.stringContaining('the handler of status.tick was not done after 0.3 s'),
        }),
      }),
    );
  });
});

describe('an offer of work that is held for too long', () => {
  it('goes back to the queue; its question stays open, keeps its slot, and settles nothing', async () => {
    await using brokers = await Brokers.fresh();
    const broker = await brokers.open({ service: 'streamer' });
    const answered = new Gate();
    const slots: Slot[] = [];
    let holds = 0;
    const first = transportOf(
      broker,
      [{ queue: 'streamer.work', slots: 1, holdTimeoutMs: HOLD_TIMEOUT_MS }],
      {
        'work.offered': async (_, { slot }) => {
          holds += 1;
          if (slot !== undefined) slots.push(slot);
          await answered.wait();
        },
      },
    );
    await listening(first);
    await broker.publisher.publish(WorkOffered, { key: 'stream/a', epoch: 1 });
    await eventually('it is held', () => holds === 1);
    await eventually(
      'it is back in the queue',
      async () => (await waitingIn(broker, 'streamer.work')) === 1,
    );
    // Its only slot is taken: it is not delivered here again.
    expect(holds).toBe(1);
    expect(brokers.log.messages('warn')).toEqual([
      'an offer was held for too long: it goes back to the queue',
    ]);
    const second = await brokers.open({ service: 'streamer' });
    const taken = new Deferred();
    const elsewhere = transportOf(second, [{ queue: 'streamer.work', slots: 1 }], {
      'work.offered': async () => taken.resolve(),
    });
    await listening(elsewhere);
    await taken.promise;
    answered.open();
    await Promise.all([first.drain(1_000), elsewhere.drain(1_000)]);
    expect(await leftIn(broker, 'streamer.work')).toBe(0);
    expect(brokers.log.messages('error')).toEqual([]);
  });
});
