import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { GetStream, type IndexDocuments } from '#contracts';
import { Deferred, Gate } from '#supervisor';
import { eventually } from '../../../tools/testing/eventually.ts';
import { PrivateServers } from '../../../tools/testing/private-servers.ts';
import { waitingIn } from '../testing/brokers.js';
import { publishDocument } from '../testing/documents.js';
import { RecordedLog } from '../testing/recorded-log.js';
import { listening, transportOf, type Handlers } from '../testing/transport.js';
import { Broker } from './broker.js';
import type { BrokerServer } from './nest/broker-server.js';

const QUEUE = 'indexer.documents';
const PATIENCE_MS = 120_000;

type RabbitMq = Awaited<ReturnType<PrivateServers['rabbitMq']>>;

describe('a broker that is restarted, killed, or out of memory', () => {
  let servers: PrivateServers;
  let rabbit: RabbitMq;
  let broker: Broker;
  let log: RecordedLog;
  let transport: BrokerServer;

  beforeAll(async () => {
    servers = await PrivateServers.open();
    rabbit = await servers.rabbitMq();
  }, PATIENCE_MS);
  afterAll(() => servers.close(), PATIENCE_MS);

  beforeEach(async () => {
    log = new RecordedLog();
    broker = new Broker({ url: rabbit.url, service: 'indexer', processId: randomUUID(), log });
    broker.start();
    await broker.ready();
  }, PATIENCE_MS);
  afterEach(async () => {
    await transport.drain(0);
    await broker.close();
  }, PATIENCE_MS);

  async function consume(handlers: Handlers): Promise<void> {
    transport = transportOf(broker, [{ queue: QUEUE, prefetch: 16 }], handlers);
    await listening(transport);
  }

  const publish = (id: string): Promise<void> => publishDocument(broker, id);

  it.each([
    ['restarted in order', () => rabbit.restart()],
    [
      'killed and started again',
      async () => {
        await rabbit.kill();
        await rabbit.start();
      },
    ],
  ])(
    'loses none of 1,000 messages when it is %s in the middle',
    async (_, interrupt) => {
      const handled = new Set<string>();
      await consume({
        'document.index': async ({ documents }: IndexDocuments) => {
          for (const { id } of documents) handled.add(id);
        },
      });
      const ids = Array.from({ length: 1_000 }, () => randomUUID());
      const half = new Deferred();
      let confirmed = 0;
      const publishes = ids.map(async (id) => {
        await publish(id);
        confirmed += 1;
        if (confirmed === 300) half.resolve();
      });
      await half.promise;
      await interrupt();
      await Promise.all(publishes);
      await eventually('all is handled', () => handled.size >= ids.length, 60_000);
      expect([...handled].toSorted()).toEqual(ids.toSorted());
      await eventually(
        'all is well',
        () => (broker.trouble() ?? transport.trouble()) === undefined,
      );
      // What was published twice is handled twice.
      await eventually('nothing is left', async () => (await waitingIn(broker, QUEUE)) === 0);
      expect(log.messages('error')).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'takes no publishes while its memory is short: they wait, acknowledgements go on, and closing does not wait',
    async () => {
      const held = new Deferred();
      const mayEnd = new Gate();
      const handled: string[] = [];
      await consume({
        'document.index': async ({ documents }: IndexDocuments) => {
          held.resolve();
          await mayEnd.wait();
          handled.push(...documents.map(({ id }) => id));
        },
      });
      await publish('before');
      await held.promise;
      await rabbit.rabbitmqctl('set_vm_memory_high_watermark', 'absolute', '1');
      // The first publish in an alarm is what makes the broker say that it blocks; the alarm takes a moment.
      const during: Promise<void>[] = [];
      await eventually(
        'it says so',
        () => {
          during.push(publish(`during-${during.length}`));
          return broker.trouble();
        },
        30_000,
      );
      expect(broker.trouble()).toMatch(
        /RabbitMQ takes no publishes \(low on memory\): free memory/,
      );
      const waiting = publish('waiting');
      await expect(
        broker.requester.request(GetStream, { streamId: 'a' }, { timeoutMs: 200 }),
      ).rejects.toThrow(/not answered within 200 ms: RabbitMQ takes no publishes/);
      mayEnd.open();
      await eventually('what was delivered is settled', () => handled.includes('before'));

      // A new connection is not blocked until it publishes; what waits makes it so.
      const blocks = (): number =>
        log.messages('warn').filter((message) => message === 'RabbitMQ blocks publishers').length;
      const before = blocks();
      await rabbit.rabbitmqctl('close_all_connections', 'by the test');
      await eventually('it is blocked again', () => blocks() > before, 30_000);

      const closing = new Broker({ url: rabbit.url, service: 'cli', processId: randomUUID(), log });
      closing.start();
      await closing.ready();
      const lost = publishDocument(closing, 'lost');
      await eventually('it is blocked too', () => closing.trouble(), 30_000);
      const [closed] = await Promise.allSettled([closing.close(), lost]);
      expect(closed).toMatchObject({ status: 'fulfilled' });

      await rabbit.rabbitmqctl('set_vm_memory_high_watermark', '0.9');
      await Promise.all([...during, waiting]);
      await eventually('all is handled', () => handled.includes('waiting'), 30_000);
      expect(broker.trouble()).toBeUndefined();
      expect(handled).toEqual(expect.arrayContaining(['before', 'during-0', 'waiting']));
    },
    PATIENCE_MS,
  );
});
