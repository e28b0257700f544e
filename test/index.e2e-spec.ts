import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Broker, NO_METRICS } from '#broker';
import {
  decodeDocuments,
  documentId,
  IndexChanged,
  QUEUES,
  parseMessage,
  SearchDocuments,
  type IndexDocument,
  type SearchDocumentsAnswered,
} from '#contracts';
import { sleep } from '#supervisor';
import { Client } from 'pg';
import { silentLog } from '#runtime';
import { freshBroker, type FreshBroker } from '../tools/testing/servers.ts';
import { ServiceProcess } from '../tools/testing/service-process.ts';
import { CuttableDatabase } from './cuttable-database.ts';

const INDEX = 'lines';

let rabbit: FreshBroker;
let database: CuttableDatabase;
let broker: Broker;
let store: Client;
let indexers: ServiceProcess[];

beforeEach(async () => {
  [rabbit, database] = await Promise.all([freshBroker(), CuttableDatabase.open()]);
  broker = new Broker({
    url: rabbit.amqpUrl,
    service: 'cli',
    processId: 'test',
    log: silentLog,
    metrics: NO_METRICS,
  });
  broker.start();
  store = new Client({ connectionString: database.directUrl });
  await store.connect();
  indexers = [];
  await start().ready();
  await declareRecord();
});

afterEach(async () => {
  for (const indexer of indexers) await indexer.kill();
  await broker.close();
  await store.end();
  await Promise.all([rabbit.drop(), database.close()]);
});

/** The queue that status reads, without a status. */
async function declareRecord(): Promise<void> {
  const channel = await broker.openChannel('consume');
  for (const name of ['status.record.dead', 'status.record'] as const) {
    const { arguments: args, bindings } = QUEUES[name];
    await channel.raw.assertQueue(name, { durable: true, arguments: args });
    for (const { exchange, key } of bindings) await channel.raw.bindQueue(name, exchange, key);
  }
  await channel.close();
}

/** Another indexer. */
function start(): ServiceProcess {
  const indexer = new ServiceProcess('indexer', {
    AMQP_URL: rabbit.amqpUrl,
    SEARCH_URL: database.url,
    INDEX_STORE_DOWN_MS: '1000',
  });
  indexers.push(indexer);
  return indexer;
}

function documentsOf(count: number, name: string): IndexDocument[] {
  return Array.from({ length: count }, (_, n) => ({
    index: INDEX,
    id: documentId(name, n),
    source: Buffer.from(JSON.stringify({ message: `${name} number ${n}`, n })),
  }));
}

async function publish(documents: readonly IndexDocument[], perMessage: number): Promise<void> {
  const messages = [];
  for (let at = 0; at < documents.length; at += perMessage) {
    messages.push(broker.publisher.publishDocuments(documents.slice(at, at + perMessage)));
  }
  await Promise.all(messages);
}

async function storedIds(): Promise<string[]> {
  const { rows } = await store.query<{ id: string }>(
    'select id from indexer.documents order by id',
  );
  return rows.map(({ id }) => id);
}

/** Asks until it is so; what it is not so in time fails the test by its timeout. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}

async function untilStored(count: number): Promise<void> {
  await eventually(async () => (await storedIds()).length >= count);
}

async function messagesIn(queue: string): Promise<number> {
  const channel = await broker.openChannel('consume');
  const { messageCount } = await channel.raw.checkQueue(queue);
  await channel.close();
  return messageCount;
}

async function takeLetter() {
  const channel = await broker.openChannel('consume');
  await eventually(async () => (await messagesIn('indexer.documents.dead')) > 0);
  const letter = await channel.raw.get('indexer.documents.dead', { noAck: true });
  await channel.close();
  if (letter === false) throw new Error('somebody else took the letter');
  return { body: letter.content, headers: letter.properties.headers ?? {} };
}

async function search(query: Partial<SearchDocuments>): Promise<SearchDocumentsAnswered> {
  const request = { index: INDEX, query: '', size: 20, sort: 'newest', ...query };
  const reply = await broker.requester.request(SearchDocuments, request as SearchDocuments, {
    timeoutMs: 10_000,
  });
  return reply as SearchDocumentsAnswered;
}

describe('indexing documents', () => {
  it('puts each document into the store once, however often it is published', async () => {
    const documents = documentsOf(2_000, 'twice');
    await Promise.all([publish(documents, 100), publish(documents, 70)]);
    await untilStored(2_000);
    await eventually(async () => (await messagesIn('indexer.documents')) === 0);
    expect(await storedIds()).toEqual(documents.map(({ id }) => id).toSorted());
  });

  it('loses nothing and writes nothing twice when indexers are killed at any moment', async () => {
    const documents = documentsOf(20_000, 'killed');
    const publishing = publish(documents, 50);
    for (let n = 0; n < 4; n += 1) {
      await sleep(150 * Math.random());
      await indexers.at(-1)?.kill();
      await start().ready();
    }
    await publishing;
    await untilStored(20_000);
    expect(await storedIds()).toEqual(documents.map(({ id }) => id).toSorted());
  }, 60_000);

  it('finishes what it holds when it is told to stop', async () => {
    const documents = documentsOf(5_000, 'stopped');
    await publish(documents, 50);
    expect(await indexers[0]?.stop()).toBe(0);
    const before = await storedIds();
    expect(await messagesIn('indexer.documents')).toBe((5_000 - before.length) / 50);
  });

  it('sets a message aside that cannot be read, with the reason, and goes on', async () => {
    const channel = await broker.openChannel('publish');
    channel.raw.publish('signalbox.commands', 'document.index', Buffer.from('nonsense'));
    const { body, headers } = await takeLetter();
    expect(body.toString()).toBe('nonsense');
    expect(headers).toMatchObject({
      'signalbox-error-code': 'not-json',
      'signalbox-queue': 'indexer.documents',
    });
    await publish(documentsOf(10, 'after'), 10);
    await untilStored(10);
  });

  it('sets a document aside that the store refuses, alone, so that it can be replayed', async () => {
    const documents = documentsOf(100, 'poison');
    documents[50] = { index: INDEX, id: 'bad', source: Buffer.from('{"unclosed":"}') };
    await publish(documents, 100);
    const { body, headers } = await takeLetter();
    expect(decodeDocuments(body)).toEqual([documents[50]]);
    expect(headers).toMatchObject({
      'signalbox-error-code': 'document-refused',
      'signalbox-error-message': expect.stringContaining('document bad of index lines'),
    });
    await untilStored(99);
    expect(await messagesIn('indexer.documents')).toBe(0);
  });

  it('waits while the store is down, says so, and loses nothing', async () => {
    const documents = documentsOf(3_000, 'outage');
    database.cut();
    await publish(documents, 100);
    await eventually(async () => (await indexers[0]!.readiness()).status === 503);
    expect((await indexers[0]!.get('/health/ready')).body).toContain('search store');
    await eventually(async () =>
      indexers[0]!.lines.some(({ msg }) => msg.startsWith('consumer paused')),
    );
    await eventually(async () => (await messagesIn('indexer.documents')) === 30);
    database.mend();
    await untilStored(3_000);
    expect(await storedIds()).toEqual(documents.map(({ id }) => id).toSorted());
    await eventually(async () => (await indexers[0]!.readiness()).status === 200);
    expect(await messagesIn('indexer.documents.dead')).toBe(0);
  }, 30_000);

  it('tells what it has done with an index', async () => {
    const channel = await broker.openChannel('consume');
    const { queue } = await channel.raw.assertQueue('', { exclusive: true });
    await channel.raw.bindQueue(queue, 'signalbox.events', 'index.changed.#');
    await publish([...documentsOf(10, 'counted'), ...documentsOf(5, 'counted')], 15);
    let counts: IndexChanged | undefined;
    await eventually(async () => {
      const message = await channel.raw.get(queue, { noAck: true });
      if (message) counts = parseMessage('index.changed', message.content) as IndexChanged;
      return counts !== undefined;
    });
    expect(counts).toMatchObject({ index: INDEX, written: 10, duplicates: 5, rejected: 0 });
    await channel.close();
  });
});

describe('searching documents', () => {
  it('finds what was indexed, page by page', async () => {
    await publish(documentsOf(50, 'found'), 50);
    await untilStored(50);
    const first = await search({ query: '"found number" -7', size: 30, sort: 'oldest' });
    expect(first).toMatchObject({ total: 49 });
    expect(first.hits).toHaveLength(30);
    const rest = await search({
      query: '"found number" -7',
      size: 30,
      sort: 'oldest',
      cursor: first.nextCursor,
    });
    expect(rest.hits).toHaveLength(19);
    expect(rest.nextCursor).toBeUndefined();
    const numbers = [...first.hits, ...rest.hits].map(({ document }) => Number(document.n));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, n) => n).filter((n) => n !== 7),
    );
  });

  it('says what is wrong with a cursor, and that the store is down', async () => {
    await expect(search({ cursor: 'made-up' })).rejects.toMatchObject({
      code: 'invalid-cursor',
      retryable: false,
    });
    database.cut();
    await expect(search({})).rejects.toMatchObject({
      code: 'dependency-unavailable',
      retryable: true,
    });
  });
});
