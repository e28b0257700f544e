import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DependencyUnavailableError, QUEUES } from '#contracts';
import { Deferred, Gate, sleep } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers, leftIn, waitingIn, withChannel } from '../../testing/brokers.js';
import { idOf, publishDocument } from '../../testing/documents.js';
import { Management } from '../../testing/management.js';
import { TcpProxy } from '../../testing/tcp-proxy.js';
import { listening, transportOf, type Handlers } from '../../testing/transport.js';
import type { Broker } from '../broker.js';
import { NO_METRICS } from '../broker-metrics.js';
import type { BrokerServer } from '../nest/broker-server.js';
import type { DeliveryContext } from '../nest/delivery-context.js';
import { TopologyMismatchError } from '../topology/drift.js';

const QUEUE = 'indexer.documents';

describe('the consumer of a queue', () => {
  let brokers: Brokers;
  let proxy: TcpProxy;
  /** Whose transport is tested. */
  let broker: Broker;
  /** Who publishes and looks. */
  let other: Broker;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
    proxy = await TcpProxy.to(brokers.url);
    broker = await brokers.open({ url: proxy.through(brokers.url) });
    other = await brokers.open();
  });
  afterEach(async () => {
    await brokers[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  async function consume(handlers: Handlers, prefetch = 4): Promise<BrokerServer> {
    return brokers.listen(transportOf(broker, [{ queue: QUEUE, prefetch }], handlers));
  }

  /** Publishes documents with these ids, a message each, in order. */
  async function publish(...ids: string[]): Promise<void> {
    for (const id of ids) await publishDocument(other, id);
  }

  it('names the queue and the argument that is not as it should be', async () => {
    const { arguments: args } = QUEUES[QUEUE];
    await withChannel(other, async (channel) => {
      await channel.raw.assertExchange('signalbox.commands', 'topic');
      await channel.raw.assertQueue(QUEUE, { arguments: { ...args, 'x-max-length': 5 } });
    });
    const failure: unknown = await consume({}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TopologyMismatchError);
    expect(String(failure)).toMatch(
      /queue indexer.documents exists.+x-max-length is 5 there, and should be 20000/,
    );
    expect(String(failure)).toContain('rabbitmqctl delete_queue');
  });

  it('names what the user may not declare, and who may', async () => {
    const management = new Management(brokers.server);
    const may = { configure: '^signalbox', write: '.*', read: '.*' };
    const user = await management.userWho(brokers.url, may);
    broker = await brokers.open({ url: user.url });
    await expect(consume({})).rejects.toMatchObject({
      code: 'not-permitted',
      message: expect.stringMatching(
        /may not declare queue indexer.+definitions\.json.+rabbitmqctl import_definitions/s,
      ),
    });
    await user.forget();
  });

  it('comes back when its queue was deleted, by declaring it again', async () => {
    const received = new Deferred<string>();
    const consuming = await consume({
      'document.index': async (body) => received.resolve(idOf(body)),
    });
    await withChannel(other, (channel) => channel.raw.deleteQueue(QUEUE));
    await eventually('it consumes again', async () => {
      const consumers = await withChannel(other, (channel) => channel.raw.checkQueue(QUEUE));
      return consumers.consumerCount === 1 && consuming.trouble() === undefined;
    });
    await publish('after');
    await expect(received.promise).resolves.toBe('after');
    expect(brokers.log.messages('warn')).toContain('consumer lost its channel');
  });

  it('aborts its handlers when the broker cancels it, and consumes on a fresh channel', async () => {
    const began = new Deferred();
    const aborted = new Deferred<unknown>();
    const again = new Deferred();
    await consume({
      'document.index': async (body: never, { signal }: DeliveryContext) => {
        if (idOf(body) === 'after') return again.resolve();
        began.resolve();
        await sleep(Infinity, signal).catch(aborted.resolve);
      },
    });
    await publish('held');
    await began.promise;
    await withChannel(other, (channel) => channel.raw.deleteQueue(QUEUE));
    expect(String(await aborted.promise)).toContain('the broker cancelled the consumer');
    await eventually('it is declared again', () => publish('after').then(() => true));
    await expect(again.promise).resolves.toBeUndefined();
  });

  it('takes another channel when settling fails by a defect, and says so', async () => {
    let settled = 0;
    const metrics = {
      ...NO_METRICS,
      settled: () => {
        settled += 1;
        if (settled === 1) throw new TypeError('a defect');
      },
    };
    broker = await brokers.open({ metrics });
    const consuming = await consume({ 'document.index': async () => undefined }, 1);
    await publish('one', 'two');
    await eventually('all is settled', () => settled === 3);
    expect(consuming.trouble()).toBeUndefined();
    await consuming.drain(1_000);
    expect(await leftIn(other, QUEUE)).toBe(0);
    expect(brokers.log.lines).toContainEqual({
      level: 'error',
      message: 'a delivery could not be settled: a defect',
      facts: { queue: QUEUE, err: new TypeError('a defect') },
    });
  });

  it('says while it is disconnected that it does not consume', async () => {
    const consuming = await consume({});
    proxy.freeze();
    proxy.cut();
    await eventually('trouble is seen', () => consuming.trouble());
    expect(consuming.trouble()).toMatch(/^queue indexer.documents: its channel was lost/);
  });

  it('acknowledges what it handled, and nothing else, whenever it is drained', async () => {
    const handled: string[] = [];
    const ids = Array.from({ length: 60 }, () => randomUUID());
    for (let round = 0; handled.length < ids.length; round += 1) {
      const some = new Deferred();
      const before = handled.length;
      const consuming = await consume({
        'document.index': async (body) => {
          await sleep(Math.random() * 3);
          handled.push(idOf(body));
          if (handled.length >= Math.min(before + 5, ids.length)) some.resolve();
        },
      });
      if (round === 0) await publish(...ids);
      await some.promise;
      await consuming.drain(5_000);
      expect(await leftIn(other, QUEUE)).toBe(ids.length - handled.length);
    }
    expect(new Set(handled).size).toBe(ids.length);
  }, 20_000);

  it('lets a handler finish within the grace of a drain, and acknowledges it', async () => {
    const began = new Deferred();
    const mayEnd = new Gate();
    const consuming = await consume({
      'document.index': async () => {
        began.resolve();
        await mayEnd.wait();
      },
    });
    await publish('slow');
    await began.promise;
    const drained = consuming.drain(5_000);
    expect(consuming.drain(0)).toBe(drained);
    expect(consuming.trouble()).toBe('queue indexer.documents: draining');
    mayEnd.open();
    await drained;
    expect(await leftIn(other, QUEUE)).toBe(0);
  });

  it('can be drained while it is paused', async () => {
    const consuming = await consume({
      'document.index': async () => {
        throw new DependencyUnavailableError('the store is down');
      },
    });
    consuming.setProbe(QUEUE, (signal) => sleep(Infinity, signal));
    await publish('waits');
    await eventually('it is paused', () => consuming.trouble()?.includes('the store is down'));
    await consuming.drain(5_000);
    expect(await leftIn(other, QUEUE)).toBe(1);
  });

  it('tries with one message, after a pause, when nothing tells that its dependency is back', async () => {
    const begun: string[] = [];
    const handled = new Set<string>();
    const trial = new Gate();
    let down = true;
    const consuming = await consume({
      'document.index': async (body) => {
        begun.push(idOf(body));
        if (down) throw new DependencyUnavailableError('the store is down');
        await trial.wait();
        handled.add(idOf(body));
      },
    });
    const ids = Array.from({ length: 10 }, (_, n) => `d-${n}`);
    await publish(...ids);
    await eventually('it is paused', () => consuming.trouble()?.includes('the store is down'));
    const before = begun.length;
    down = false;
    await eventually('it tries', () => begun.length > before, 10_000);
    expect(await waitingIn(other, QUEUE)).toBe(9);
    trial.open();
    await eventually('the others are handled', () => handled.size === 10);
    expect(begun).toHaveLength(before + 10);
    expect(consuming.trouble()).toBeUndefined();
    await consuming.drain(1_000);
    expect(await leftIn(other, QUEUE)).toBe(0);
  }, 20_000);

  it('can be drained while the connection is away', async () => {
    const consuming = await consume({});
    proxy.freeze();
    proxy.cut();
    await expect(consuming.drain(5_000)).resolves.toBeUndefined();
  });

  it('can be drained before it has begun', async () => {
    const early = transportOf(broker, [{ queue: QUEUE }], {});
    await early.drain(0);
    await expect(listening(early)).rejects.toThrow(/closing/);
  });

  it('gives up beginning when it is drained meanwhile', async () => {
    proxy.freeze();
    const away = brokers.begin({ url: proxy.through(brokers.url) });
    const early = transportOf(away, [{ queue: QUEUE }], {});
    const [listened] = await Promise.allSettled([listening(early), early.drain(0)]);
    expect(listened).toMatchObject({ reason: { message: 'the transport is closing' } });
  });

  it('does not handle a message again while the handler of its lost delivery still runs', async () => {
    let running = 0;
    let most = 0;
    let calls = 0;
    const second = new Deferred();
    const first = new Deferred();
    const consuming = await consume({
      'document.index': async () => {
        calls += 1;
        running += 1;
        most = Math.max(most, running);
        if (calls === 1) {
          first.resolve();
          // It does not look at its signal.
          await sleep(500);
        }
        running -= 1;
        if (calls === 2) second.resolve();
      },
    });
    await publish('twice');
    await first.promise;
    proxy.cut();
    await eventually('it says that it waits', () => consuming.trouble()?.includes('was lost'));
    await second.promise;
    expect(most).toBe(1);
  });

  it('consumes no more when handlers that never end have taken all room, and says so', async () => {
    const mayEnd = new Gate();
    let calls = 0;
    const consuming = await consume(
      {
        'document.index': async () => {
          calls += 1;
          await mayEnd.wait();
        },
      },
      1,
    );
    await publish('stuck');
    for (let cut = 1; cut <= 2; cut += 1) {
      await eventually('it is handled', () => calls === cut, 15_000);
      proxy.cut();
    }
    await eventually(
      'it says so',
      () => consuming.trouble()?.includes('2 handlers were told to stop and do not'),
      15_000,
    );
    expect(calls).toBe(2);
    mayEnd.open();
    await eventually('it consumes again', () => calls === 3 && consuming.trouble() === undefined);
  }, 40_000);

  it('aborts the handlers of a channel that is lost', async () => {
    const reasons: unknown[] = [];
    const began = new Deferred();
    await consume({
      'document.index': async (_: never, { signal }: DeliveryContext) => {
        if (reasons.length > 0) return;
        began.resolve();
        await sleep(Infinity, signal).catch((reason: unknown) => reasons.push(reason));
      },
    });
    await publish('cut');
    await began.promise;
    proxy.cut();
    await eventually('the handler is aborted', () => reasons.length === 1);
    await eventually('it is handled again', async () => (await waitingIn(other, QUEUE)) === 0);
    expect(reasons[0]).toBeInstanceOf(DependencyUnavailableError);
  });

  it('logs what a handler throws after it was told to stop', async () => {
    const began = new Deferred();
    const mayFail = new Gate();
    const consuming = await consume({
      'document.index': async () => {
        began.resolve();
        await mayFail.wait();
        throw new Error('too late');
      },
    });
    await publish('late');
    await began.promise;
    await consuming.drain(0);
    mayFail.open();
    await eventually('it is logged', () =>
      brokers.log.messages('warn').includes('a handler failed after it was told to stop'),
    );
    expect(await leftIn(other, QUEUE)).toBe(1);
  }, 15_000);
});
