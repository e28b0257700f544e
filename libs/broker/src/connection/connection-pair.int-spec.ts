import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SearchDocuments, SearchDocumentsAnswered } from '#contracts';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers } from '../../testing/brokers.js';
import { publishDocument } from '../../testing/documents.js';
import { TcpProxy } from '../../testing/tcp-proxy.js';
import { transportOf } from '../../testing/transport.js';
import type { Broker } from '../broker.js';
import { BrokerChannel } from './broker-channel.js';

describe('the two connections of a process', () => {
  let brokers: Brokers;
  let proxy: TcpProxy;
  let broker: Broker;
  const noDelay = jest.spyOn(Socket.prototype, 'setNoDelay');
  const open = jest.spyOn(BrokerChannel, 'open');

  beforeEach(async () => {
    jest.clearAllMocks();
    brokers = await Brokers.fresh();
    proxy = await TcpProxy.to(brokers.url);
    broker = await brokers.open({ url: proxy.through(brokers.url) });
  });
  afterEach(async () => {
    await brokers[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  /** How many channels are open on each, that of the deliveries first. */
  async function channels(): Promise<[number, number]> {
    const opened = await Promise.all(
      open.mock.results.map(({ value }) => value as Promise<BrokerChannel>),
    );
    const live = opened.filter(({ lost }) => !lost.aborted);
    const connection = broker.consuming.live?.model.connection;
    const consuming = live.filter(({ raw }) => raw.connection === connection);
    return [consuming.length, live.length - consuming.length];
  }

  it('have one channel for each consumer, and one for all that is published and answered', async () => {
    let handled = 0;
    const queues = [{ queue: 'indexer.documents' }, { queue: 'indexer.queries' }] as const;
    const transport = transportOf(broker, queues, {
      'document.index': async () => void (handled += 1),
      'document.search': async () =>
        Object.assign(new SearchDocumentsAnswered(), { hits: [], total: 0 }),
    });
    await brokers.listen(transport);
    const query = { index: 'lines', query: 'x' } as SearchDocuments;
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        await publishDocument(broker, `d-${n}`);
        await broker.requester.request(SearchDocuments, query, { timeoutMs: 5_000 });
      }),
    );
    await eventually('all is handled', () => handled === 50);
    expect(await channels()).toEqual([2, 1]);
    expect(proxy.accepted).toBe(2);
  });

  it('send small frames at once, and have a heartbeat of 5 s, whatever the broker would have', () => {
    const { connection } = broker.consuming.live?.model ?? {};
    const { heartbeat, stream } = connection as unknown as { heartbeat: number; stream: Socket };
    expect(heartbeat).toBe(5);
    const own = noDelay.mock.contexts.flatMap((socket, n) =>
      socket === stream ? noDelay.mock.calls[n] : [],
    );
    expect(own).toEqual([true]);
  });

  it('outlive a channel that the broker closes with a 404, and so do the other channels', async () => {
    const [failing, other] = [
      await broker.openChannel('consume'),
      await broker.openChannel('consume'),
    ];
    const before = broker.consuming.live;
    await expect(failing.raw.checkQueue('no such queue')).rejects.toThrow(/404/);
    await eventually('the channel is lost', () => failing.lost.aborted);
    await other.raw.assertQueue('', { exclusive: true });
    expect(other.lost.aborted).toBe(false);
    expect(broker.consuming.live).toBe(before);
    expect(before?.lost.aborted).toBe(false);
  });
});
