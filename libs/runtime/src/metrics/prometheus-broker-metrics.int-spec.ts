import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DependencyUnavailableError,
  SearchDocuments,
  SearchDocumentsAnswered,
  SignalboxError,
} from '#contracts';
import { Deferred, sleep } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers, waitingIn, withChannel } from '../../../broker/testing/brokers.js';
import { publishDocument } from '../../../broker/testing/documents.js';
import { TcpProxy } from '../../../broker/testing/tcp-proxy.js';
import { transportOf } from '../../../broker/testing/transport.js';
import type { Broker } from '../../../broker/src/broker.js';
import type { BrokerServer } from '../../../broker/src/nest/broker-server.js';
import { MetricsRegistry } from './metrics-registry.js';
import { PrometheusBrokerMetrics } from './prometheus-broker-metrics.js';

const QUEUES = [
  { queue: 'indexer.documents' as const, prefetch: 4 },
  { queue: 'indexer.queries' as const },
];
const query = Object.assign(new SearchDocuments(), { index: 'lines', query: 'x' });

describe('what is scraped after real traffic', () => {
  let brokers: Brokers;
  let proxy: TcpProxy;
  let registry: MetricsRegistry;
  let broker: Broker;
  let transport: BrokerServer;
  /** What the handler of documents does. */
  let onDocuments: (signal: AbortSignal) => Promise<void>;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
    proxy = await TcpProxy.to(brokers.url);
    registry = new MetricsRegistry();
    const metrics = new PrometheusBrokerMetrics(registry);
    broker = await brokers.open({ url: proxy.through(brokers.url), metrics });
    onDocuments = () => Promise.resolve();
    transport = await brokers.listen(
      transportOf(broker, QUEUES, {
        'document.index': (_, { signal }) => onDocuments(signal),
        'document.search': async () =>
          Object.assign(new SearchDocumentsAnswered(), { hits: [], total: 0 }),
      }),
    );
  });
  afterEach(async () => {
    await brokers[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  /** The value of a series, as it is scraped now; 0 where it has not begun. */
  async function scraped(series: string): Promise<number> {
    const text = await registry.metrics();
    const line = text.split('\n').find((one) => one.startsWith(`signalbox_broker_${series} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  /** Waits until a series has this value; what is counted at settlement comes a moment after the rest. */
  async function reaches(series: string, value: number): Promise<void> {
    await eventually(`${series} is ${value}`, async () => (await scraped(series)) === value);
  }

  const settled = (outcome: string, queue = 'indexer.documents'): string =>
    `delivery_seconds_count{queue="${queue}",outcome="${outcome}"}`;
  const sent = (type: string, event: string): string =>
    `messages_total{type="${type}",event="${event}"}`;
  const inFlight = 'deliveries_in_flight{queue="indexer.documents"}';

  const publish = (): Promise<void> => publishDocument(broker, randomUUID());

  it('counts what is published, confirmed, delivered and acknowledged', async () => {
    await Promise.all(Array.from({ length: 50 }, publish));
    await reaches(settled('acknowledged'), 50);
    expect(await scraped(sent('document.index', 'published'))).toBe(50);
    expect(await scraped(sent('document.index', 'confirmed'))).toBe(50);
    expect(await scraped('deliveries_total{queue="indexer.documents",type="document.index"}')).toBe(
      50,
    );
    expect(await scraped(inFlight)).toBe(0);
  });

  it('counts questions and their answers', async () => {
    await broker.requester.request(SearchDocuments, query, { timeoutMs: 5_000 });
    await reaches(settled('acknowledged', 'indexer.queries'), 1);
    for (const type of ['document.search', 'document.search.answered']) {
      expect(await scraped(sent(type, 'published'))).toBe(1);
      expect(await scraped(sent(type, 'confirmed'))).toBe(1);
    }
  });

  it('counts what nobody takes, whether told or asked, and hides types that do not exist', async () => {
    const properties = { messageId: '1', type: 'made.up', mandatory: true };
    const message = { exchange: '', routingKey: 'no', body: Buffer.from(''), properties };
    await expect(broker.publisher.send(message)).rejects.toThrow(/no queue takes/);
    await transport.drain(0);
    await withChannel(broker, (channel) => channel.raw.deleteQueue('indexer.queries'));
    await expect(
      broker.requester.request(SearchDocuments, query, { timeoutMs: 5_000 }),
    ).rejects.toThrow(/no queue takes/);
    for (const type of ['unknown', 'document.search']) {
      expect(await scraped(sent(type, 'published'))).toBe(1);
      expect(await scraped(sent(type, 'returned'))).toBe(1);
      expect(await scraped(sent(type, 'confirmed'))).toBe(0);
    }
  });

  it('counts what a full queue refuses each time it is tried again', async () => {
    const args = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };
    await withChannel(broker, (channel) => channel.raw.assertQueue('full', { arguments: args }));
    const properties = { messageId: '1', type: 'task.run', mandatory: true };
    const message = { exchange: '', routingKey: 'full', body: Buffer.from('1'), properties };
    await broker.publisher.send(message);
    const second = broker.publisher.send(message);
    await eventually(
      'it is tried again',
      async () => (await scraped(sent('task.run', 'republished'))) >= 2,
    );
    await withChannel(broker, (channel) => channel.raw.purgeQueue('full'));
    await second;
    expect(await scraped(sent('task.run', 'published'))).toBe(2);
    expect(await scraped(sent('task.run', 'confirmed'))).toBe(2);
  });

  it('counts dead letters by the error that made them', async () => {
    onDocuments = () => Promise.reject(new SignalboxError('not-found', 'no such index'));
    await publish();
    await reaches(settled('dead-lettered'), 1);
    expect(await scraped('dead_letters_total{queue="indexer.documents",code="not-found"}')).toBe(1);
  });

  it('shows what is in flight, and counts what goes back', async () => {
    const began = new Deferred();
    onDocuments = async (signal) => {
      began.resolve();
      await sleep(Infinity, signal);
    };
    await publish();
    await began.promise;
    expect(await scraped(inFlight)).toBe(1);
    await transport.drain(0);
    await eventually('it is settled', async () => (await scraped(inFlight)) === 0);
    const back = (await scraped(settled('requeued'))) + (await scraped(settled('abandoned')));
    expect(back).toBe(1);
    await eventually(
      'it is back',
      async () => (await waitingIn(broker, 'indexer.documents')) === 1,
    );
  });

  it('counts what is given back because a dependency is down', async () => {
    let down = true;
    transport.setProbe('indexer.documents', async () => {
      down = false;
    });
    onDocuments = async () => {
      if (down) throw new DependencyUnavailableError('the store is down');
    };
    await publish();
    await reaches(settled('acknowledged'), 1);
    expect(await scraped(settled('requeued'))).toBe(1);
    expect(await scraped(inFlight)).toBe(0);
  });

  it('counts connections that come back, and what was abandoned with them', async () => {
    const began = new Deferred();
    onDocuments = async (signal) => {
      began.resolve();
      await sleep(Infinity, signal);
    };
    await publish();
    await began.promise;
    onDocuments = () => Promise.resolve();
    proxy.cut();
    await reaches('reconnects_total{connection="publish"}', 1);
    await reaches('reconnects_total{connection="consume"}', 1);
    await reaches(settled('abandoned'), 1);
    await reaches(settled('acknowledged'), 1);
    expect(await scraped(inFlight)).toBe(0);
  });

  it('counts the seconds of an alarm', async () => {
    // A real alarm would block everybody who uses this server.
    const model = broker.consuming.live?.model;
    model?.emit('blocked', 'low on memory');
    await sleep(20);
    model?.emit('unblocked');
    expect(await scraped('blocked_seconds_total')).toBeGreaterThan(0.01);
  });
});
