import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  DependencyUnavailableError,
  GetExecution,
  IndexDocuments,
  QUEUES,
  SearchDocuments,
  SearchDocumentsAnswered,
} from '#contracts';
import { Deferred, sleep } from '#supervisor';
import { freshBroker, type FreshBroker } from '../../../../tools/testing/servers.ts';
import { Brokers, leftIn, waitingIn } from '../../testing/brokers.js';
import { nextLetter, publishRaw } from '../../testing/raw-messages.js';
import { Broker } from '../broker.js';
import { NO_LOG } from '../broker-log.js';
import { BrokerServer } from './broker-server.js';
import { DeliveryContext } from './delivery-context.js';
import { OnMessage, OnQuery } from './on-message.js';
import { RethrowFilter } from './rethrow.filter.js';

/** What the handlers of the test do next. */
let onDocuments: (body: IndexDocuments, context: DeliveryContext) => Promise<void>;
let onSearch: (query: SearchDocuments) => Promise<SearchDocumentsAnswered>;

@Controller()
class IndexerHandlers {
  @OnMessage('document.index')
  documents(@Payload() body: IndexDocuments, @Ctx() context: DeliveryContext): Promise<void> {
    return onDocuments(body, context);
  }

  @OnQuery('document.search')
  search(@Payload() query: SearchDocuments): Promise<SearchDocumentsAnswered> {
    return onSearch(query);
  }
}

@Module({ controllers: [IndexerHandlers] })
class IndexerUnderTest {}

const oneDocument = (id: string) => ({
  documents: [{ index: 'lines', id, source: Buffer.from('{"message":"hello"}') }],
});

/** Ends the TCP connection under amqplib as a reset by the peer would. */
function cut(connection: unknown): void {
  (connection as { stream: Socket }).stream.destroy(new Error('read ECONNRESET'));
}

describe('the broker transport', () => {
  let server: FreshBroker;
  let broker: Broker;
  let transport: BrokerServer;
  let app: INestMicroservice;

  beforeAll(async () => {
    server = await freshBroker();
  });
  afterAll(() => server.drop());

  beforeEach(async () => {
    broker = new Broker({
      url: server.amqpUrl,
      service: 'indexer',
      processId: randomUUID(),
      log: NO_LOG,
    });
    broker.start();
    transport = new BrokerServer(broker, {
      queues: [{ queue: 'indexer.documents', prefetch: 4 }, { queue: 'indexer.queries' }],
    });
    app = await NestFactory.createMicroservice(IndexerUnderTest, {
      strategy: transport,
      logger: false,
    });
    app.useGlobalFilters(new RethrowFilter());
    await app.listen();
  });
  afterEach(async () => {
    await app.close();
    await broker.close();
  });

  it('acknowledges after the handler returned, not before', async () => {
    const began = new Deferred();
    onDocuments = async (_, { signal }) => {
      began.resolve();
      await sleep(Infinity, signal);
    };
    await broker.publisher.publishDocuments(oneDocument('a').documents);
    await began.promise;
    await transport.drain(0);
    // The handler had not returned: the message went back.
    expect(await leftIn(broker, 'indexer.documents')).toBe(1);
    await nextLetter(broker, 'indexer.documents');
  });

  it('gives the handler the message as its contract says, with its envelope', async () => {
    const received = new Deferred<{ body: IndexDocuments; context: DeliveryContext }>();
    onDocuments = async (body, context) => received.resolve({ body, context });
    await broker.publisher.publishDocuments(oneDocument('b').documents);
    const { body, context } = await received.promise;
    expect(body).toBeInstanceOf(IndexDocuments);
    expect(String(body.documents[0]?.source)).toBe('{"message":"hello"}');
    expect(context.message).toMatchObject({ type: 'document.index', appId: 'indexer' });
    expect(context.attempt).toBe(1);
  });

  it.each([
    ['a body that is not NDJSON', 'document.index', 'nonsense', 'not-json'],
    ['a body without a document', 'document.index', '', 'not-json'],
  ])(
    'puts %s into the dead-letter queue with the reason and goes on',
    async (_, key, body, code) => {
      await publishRaw(broker, { routingKey: key, body });
      const letter = await nextLetter(broker, 'indexer.documents.dead');
      expect(letter.content.toString()).toBe(body);
      expect(letter.properties.headers).toMatchObject({
        'signalbox-error-code': code,
        'signalbox-queue': 'indexer.documents',
      });
      const received = new Deferred<void>();
      onDocuments = async () => received.resolve();
      await broker.publisher.publishDocuments(oneDocument('c').documents);
      await received.promise;
    },
  );

  it('puts a message of unknown type into the dead-letter queue', async () => {
    const channel = await broker.openChannel('publish');
    await channel.raw.bindQueue('indexer.documents', 'signalbox.commands', 'document.shred');
    await publishRaw(broker, { routingKey: 'document.shred', body: '{}' });
    const letter = await nextLetter(broker, 'indexer.documents.dead');
    expect(letter.properties.headers?.['signalbox-error-code']).toBe('unknown-type');
    await channel.raw.unbindQueue('indexer.documents', 'signalbox.commands', 'document.shred');
    await channel.close();
  });

  it('puts a message whose handler throws into the dead-letter queue, once', async () => {
    let calls = 0;
    onDocuments = async () => {
      calls += 1;
      throw new Error('the handler is broken');
    };
    await broker.publisher.publishDocuments(oneDocument('d').documents);
    const letter = await nextLetter(broker, 'indexer.documents.dead');
    expect(letter.properties.headers).toMatchObject({
      'signalbox-error-code': 'internal',
      'signalbox-error-message': 'the handler is broken',
    });
    expect(calls).toBe(1);
    expect(await waitingIn(broker, 'indexer.documents')).toBe(0);
  });

  it('is not ready while a dependency is down, loses nothing, and consumes again once the probe succeeds', async () => {
    let down = true;
    let probes = 0;
    const whileDown: unknown[] = [];
    const handled = new Set<string>();
    const all = new Deferred();
    transport.setProbe('indexer.documents', async () => {
      probes += 1;
      whileDown.push(transport.trouble());
      if (probes < 2) throw new Error('still down');
      down = false;
    });
    onDocuments = async (body) => {
      if (down) throw new DependencyUnavailableError('the store is down');
      for (const { id } of body.documents) handled.add(id);
      if (handled.size === 10) all.resolve();
    };
    for (let n = 0; n < 10; n += 1) {
      await broker.publisher.publishDocuments(oneDocument(`paused-${n}`).documents);
    }
    await all.promise;
    expect(probes).toBeGreaterThanOrEqual(2);
    expect(whileDown).toEqual(
      whileDown.map(() => expect.stringMatching(/(the store is|still) down$/)),
    );
    expect(transport.trouble()).toBeUndefined();
  });

  it('answers a query', async () => {
    const answer = { hits: [], total: 0 };
    onSearch = async () => Object.assign(new SearchDocumentsAnswered(), answer);
    const query = { index: 'lines', query: 'hello', from: 0, to: 1, size: 1, sort: 'newest' };
    const reply = await broker.requester.request(SearchDocuments, query as SearchDocuments, {
      timeoutMs: 5_000,
    });
    expect(reply).toBeInstanceOf(SearchDocumentsAnswered);
  });

  it('answers a query that fails with its code, so that nobody waits in vain', async () => {
    onSearch = async () => {
      throw new DependencyUnavailableError('the store is down');
    };
    const query = { index: 'lines', query: 'hello' };
    await expect(
      broker.requester.request(SearchDocuments, query as SearchDocuments, { timeoutMs: 5_000 }),
    ).rejects.toMatchObject({ code: 'dependency-unavailable', retryable: true });
  });

  it('fails a request that nobody reads at once, with the reason', async () => {
    await expect(
      broker.requester.request(GetExecution, { executionId: randomUUID() } as GetExecution, {
        timeoutMs: 5_000,
      }),
    ).rejects.toMatchObject({ code: 'unroutable' });
  });

  it('comes back after its connection was cut', async () => {
    const received = new Deferred();
    onDocuments = async () => received.resolve();
    const before = broker.consuming.live;
    cut(before?.model.connection);
    await broker.publisher.publishDocuments(oneDocument('cut').documents);
    await received.promise;
    expect(broker.consuming.live).not.toBe(before);
  });

  it('publishes what it was asked to across a lost publish connection', async () => {
    let count = 0;
    const all = new Deferred();
    onDocuments = async () => {
      count += 1;
      if (count === 50) all.resolve();
    };
    const channel = await broker.openChannel('publish');
    const publishes = Array.from({ length: 50 }, (_, n) =>
      broker.publisher.publishDocuments(oneDocument(`across-${n}`).documents),
    );
    cut(channel.raw.connection);
    await Promise.all(publishes);
    await expect(all.promise).resolves.toBeUndefined();
  });

  it('is ready only when topology is asserted and every queue is consumed', async () => {
    await using brokers = await Brokers.fresh();
    const other = await brokers.open();
    const queues = ['indexer.documents', 'indexer.queries'] as const;
    const begun = new BrokerServer(other, { queues: queues.map((queue) => ({ queue })) });
    const looker = await other.openChannel('publish');
    let found: unknown;
    await begun.listen(() => {
      found = Promise.all(queues.map((queue) => looker.raw.checkQueue(queue)));
    });
    expect(await found).toMatchObject([{ consumerCount: 1 }, { consumerCount: 1 }]);
    await begun.close();
  });

  it('declares what the contracts say', async () => {
    const channel = await broker.openChannel('publish');
    const { name, arguments: args } = QUEUES['indexer.documents'];
    await expect(
      channel.raw.assertQueue(name, { durable: true, arguments: args }),
    ).resolves.toMatchObject({ queue: name });
    await channel.close();
  });
});
