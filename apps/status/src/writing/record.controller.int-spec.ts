import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Broker, BrokerServer, RethrowFilter, type BrokerChannel } from '#broker';
import {
  CommandAccepted,
  CommandRejected,
  GetExecutionAnswered,
  checkMessage,
  parseMessage,
} from '#contracts';
import { MetricsRegistry, silentLog } from '#runtime';
import { Deferred } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { freshBroker, type FreshBroker } from '../../../../tools/testing/servers.ts';
import { RecordOnPostgres } from '../../testing/record-on-postgres.js';
import { OutsideTeller } from '../news/outside-teller.js';
import { RecordReader } from '../reading/record-reader.js';
import { Activity } from './activity.js';
import { RecordBatcher } from './record-batcher.js';
import { RecordController } from './record.controller.js';
import { RecordWriter } from './record-writer.js';
import { WriterMetrics } from './writer-metrics.js';

const DIRECT_REPLIES = 'amq.rabbitmq.reply-to';

@Module({ controllers: [RecordController] })
class RecordModule {}

describe('a command in status.record that breaks its contract', () => {
  let server: FreshBroker;
  let broker: Broker;
  let record: RecordOnPostgres;
  let reader: RecordReader;
  let batcher: RecordBatcher;
  let app: INestMicroservice;

  beforeAll(async () => {
    [server, record] = await Promise.all([freshBroker(), RecordOnPostgres.create()]);
    broker = new Broker({
      url: server.amqpUrl,
      service: 'status',
      processId: randomUUID(),
      log: silentLog,
    });
    broker.start();
    reader = new RecordReader(record.db);
    const metrics = new WriterMetrics(new MetricsRegistry());
    const nothing = (): void => undefined;
    const teller = new OutsideTeller(
      broker.publisher,
      { wake: nothing },
      { take: nothing },
      silentLog,
    );
    const writer = new RecordWriter({
      store: record.store,
      tell: (committed) => teller.tell(committed),
      metrics,
      log: silentLog,
      requireUser: false,
    });
    const limits = { messages: 100, bytes: 1_000_000 };
    batcher = new RecordBatcher((messages) => writer.write(messages), limits, silentLog);
    const module = {
      module: RecordModule,
      providers: [
        { provide: RecordBatcher, useValue: batcher },
        { provide: Activity, useValue: new Activity() },
        { provide: WriterMetrics, useValue: metrics },
      ],
    };
    const transport = new BrokerServer(broker, {
      queues: [{ queue: 'status.record', prefetch: 50 }],
    });
    app = await NestFactory.createMicroservice(module, { strategy: transport, logger: false });
    app.useGlobalFilters(new RethrowFilter());
    await app.listen();
  });
  afterAll(async () => {
    await app.close();
    await batcher.close();
    await broker.close();
    await Promise.all([server.drop(), record.drop()]);
  });

  async function withChannel<T>(use: (channel: BrokerChannel) => Promise<T>): Promise<T> {
    const channel = await broker.openChannel('publish');
    try {
      return await use(channel);
    } finally {
      await channel.close();
    }
  }

  async function deadLetters(): Promise<number> {
    const { messageCount } = await withChannel((channel) =>
      channel.raw.checkQueue('status.record.dead'),
    );
    return messageCount;
  }

  /** Says something as any AMQP client may; gives the answer. */
  async function say(
    type: string,
    body: object,
    messageId: string = randomUUID(),
  ): Promise<object> {
    return withChannel(async (channel) => {
      const answered = new Deferred<object>();
      await channel.consume(
        DIRECT_REPLIES,
        ({ properties, content }) =>
          answered.resolve(parseMessage(String(properties.type), content)),
        { noAck: true },
      );
      await channel.publish({
        exchange: 'signalbox.commands',
        routingKey: type,
        body: Buffer.from(JSON.stringify(body)),
        properties: { type, messageId, correlationId: '1', replyTo: DIRECT_REPLIES },
      });
      return answered.promise;
    });
  }

  it('is refused and recorded when its id can be read: the asker and everybody who looks see why', async () => {
    const executionId = randomUUID();
    const task = { executionId, plugin: 'ssh', targets: ['host-1'], policy: { timeoutMS: 5_000 } };
    const answer = await say('task.run', task);
    expect(answer).toBeInstanceOf(CommandRejected);
    expect(answer).toMatchObject({ id: executionId, code: 'contract-violated' });
    const { reason } = answer as CommandRejected;
    expect(reason).toContain('policy.timeoutMS');
    const shown = await reader.execution(executionId);
    expect(shown).toMatchObject({
      state: 'rejected',
      outcome: 'rejected',
      plugin: 'ssh',
      code: 'contract-violated',
      reason,
      counts: { total: 0, waiting: 0 },
    });
    // It can be answered to whoever asks for it.
    expect(() => checkMessage(GetExecutionAnswered, shown)).not.toThrow();
    // The same again is answered the same; corrected, it needs an id of its own.
    await expect(say('task.run', task)).resolves.toEqual(answer);
    const corrected = { ...task, policy: { timeoutMs: 5_000 } };
    await expect(say('task.run', corrected)).resolves.toMatchObject({ code: 'id-reused' });
    await expect(
      say('task.run', { ...corrected, executionId: randomUUID() }),
    ).resolves.toBeInstanceOf(CommandAccepted);
    expect(await deadLetters()).toBe(0);
  });

  it('stands in the audit list, whatever it is about', async () => {
    const start = { streamId: 'edge-1', url: 'ftp://edge-1/log', format: 'ndjson', index: 'lines' };
    await expect(say('stream.start', start, 'm-start')).resolves.toMatchObject({
      id: 'edge-1',
      code: 'contract-violated',
    });
    const executionId = randomUUID();
    await say('task.cancel', { executionId, because: 'a typo' }, 'm-cancel');
    const rows = await record.rows(
      `select type, subject, result, code from commands where message_id like 'm-%' order by number`,
    );
    expect(rows).toEqual([
      { type: 'stream.start', subject: 'edge-1', result: 'rejected', code: 'contract-violated' },
      { type: 'task.cancel', subject: executionId, result: 'rejected', code: 'contract-violated' },
    ]);
    expect(await record.rows('select id from streams')).toEqual([]);
    expect(await record.rows('select execution_id from cancels')).toEqual([]);
  });

  it('is a dead letter, and refused, when its id cannot be read', async () => {
    await expect(say('task.run', { executionId: 7, plugin: 'ssh' }, 'm-7')).resolves.toMatchObject({
      id: 'm-7',
      code: 'contract-violated',
    });
    await eventually('it is dead', async () => (await deadLetters()) === 1);
    expect(await record.rows(`select * from commands where message_id = 'm-7'`)).toEqual([]);
  });
});
