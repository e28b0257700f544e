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

/** How a message gets into the queue. */
interface Way {
  readonly by?: string;
  readonly key?: string;
  readonly userId?: string;
}

@Module({ controllers: [RecordController] })
class RecordModule {}

describe('what the record takes from its queue', () => {
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
    batcher = new RecordBatcher(writer, limits, silentLog);
    const module = {
      module: RecordModule,
      providers: [
        { provide: RecordBatcher, useValue: batcher },
        { provide: Activity, useValue: new Activity() },
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

  /** Takes the dead letter away that is to come; its error code. */
  async function codeOfLetter(): Promise<unknown> {
    await eventually('it is dead', async () => (await deadLetters()) === 1);
    const letter = await withChannel((channel) =>
      channel.raw.get('status.record.dead', { noAck: true }),
    );
    return letter && letter.properties.headers?.['signalbox-error-code'];
  }

  /** Says something as any AMQP client may; gives the answer. */
  async function say(
    type: string,
    body: object,
    messageId: string = randomUUID(),
    { by = 'signalbox.commands', key = type, userId }: Way = {},
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
        exchange: by,
        routingKey: key,
        body: Buffer.from(JSON.stringify(body)),
        properties: { type, messageId, correlationId: '1', replyTo: DIRECT_REPLIES, userId },
      });
      return answered.promise;
    });
  }

  describe('a command that breaks its contract', () => {
    it('is refused and recorded when its id can be read: the asker and everybody who looks see why', async () => {
      const executionId = randomUUID();
      const task = {
        executionId,
        plugin: 'ssh',
        targets: ['host-1'],
        policy: { timeoutMS: 5_000 },
      };
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
      const start = {
        streamId: 'edge-1',
        url: 'ftp://edge-1/log',
        format: 'ndjson',
        index: 'lines',
      };
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
        {
          type: 'task.cancel',
          subject: executionId,
          result: 'rejected',
          code: 'contract-violated',
        },
      ]);
      expect(await record.rows('select id from streams')).toEqual([]);
      expect(await record.rows('select execution_id from cancels')).toEqual([]);
    });

    it('is a dead letter, and refused, when its id cannot be read', async () => {
      await expect(
        say('task.run', { executionId: 7, plugin: 'ssh' }, 'm-7'),
      ).resolves.toMatchObject({
        id: 'm-7',
        code: 'contract-violated',
      });
      expect(await codeOfLetter()).toBe('contract-violated');
      expect(await record.rows(`select * from commands where message_id = 'm-7'`)).toEqual([]);
    });
  });

  describe('a message whose sender the broker did not check', () => {
    const past: Way = { by: '', key: 'status.record' };
    const USER = 'guest';

    async function auditOf(messageId: string): Promise<object[]> {
      const text = `select type, result, code, requested_by from commands where message_id = '${messageId}'`;
      return record.rows(text);
    }

    it.each([
      ['the default exchange', past],
      ['the exchange of dead letters', { by: 'signalbox.dead', key: 'status.record' }],
    ])('is refused and recorded when it is a command that came by %s', async (_, way) => {
      const executionId = randomUUID();
      const messageId = randomUUID();
      const task = { executionId, plugin: 'ssh', targets: ['host-1'] };
      await expect(say('task.run', task, messageId, way)).resolves.toMatchObject({
        id: executionId,
        code: 'sender-not-allowed',
      });
      expect(await auditOf(messageId)).toEqual([
        {
          type: 'task.run',
          result: 'rejected',
          code: 'sender-not-allowed',
          requested_by: 'unverified',
        },
      ]);
      // Its id is not used up: whoever may give it still can.
      await expect(say('task.run', task)).resolves.toBeInstanceOf(CommandAccepted);
    });

    it('is refused for that, and not for its body, which would use up the id', async () => {
      const task = { executionId: randomUUID(), plugin: 'ssh', targets: 7 };
      await expect(say('task.run', task, randomUUID(), past)).resolves.toMatchObject({
        code: 'sender-not-allowed',
      });
      await expect(say('task.run', { ...task, targets: ['host-1'] })).resolves.toBeInstanceOf(
        CommandAccepted,
      );
    });

    it('is taken in the name of a person who puts it back', async () => {
      const task = { executionId: randomUUID(), plugin: 'ssh', targets: ['host-1'] };
      const way = { ...past, userId: USER };
      await expect(say('task.run', task, randomUUID(), way)).resolves.toBeInstanceOf(
        CommandAccepted,
      );
    });

    it('is refused when a queue between dead-letters it to the exchange of commands', async () => {
      const between = `streamer.control.${randomUUID()}.1`;
      const task = { executionId: randomUUID(), plugin: 'ssh', targets: ['host-1'] };
      await withChannel(async (channel) => {
        await channel.raw.assertQueue(between, {
          exclusive: true,
          arguments: {
            'x-message-ttl': 0,
            'x-dead-letter-exchange': 'signalbox.commands',
            'x-dead-letter-routing-key': 'task.run',
          },
        });
        const messageId = randomUUID();
        await channel.publish({
          exchange: '',
          routingKey: between,
          body: Buffer.from(JSON.stringify(task)),
          properties: { type: 'task.run', messageId, userId: USER },
        });
        await eventually('it is refused', async () => (await auditOf(messageId)).length === 1);
        expect(await auditOf(messageId)).toMatchObject([
          { result: 'rejected', code: 'sender-not-allowed' },
        ]);
      });
    });

    it('is a dead letter when it is an event, and changes nothing', async () => {
      const instanceId = `${randomUUID()}.1`;
      const [processId = ''] = instanceId.split('.');
      const body = { instanceId, processId, service: 'streamer', version: '1', plugins: [] };
      await withChannel((channel) =>
        channel.publish({
          exchange: '',
          routingKey: 'status.record',
          body: Buffer.from(JSON.stringify(body)),
          properties: { type: 'service.started', messageId: randomUUID() },
        }),
      );
      expect(await codeOfLetter()).toBe('sender-not-allowed');
      expect(await record.rows('select instance_id from services')).toEqual([]);
    });

    it('is taken when it is an offer that the broker gave up', async () => {
      const key = `stream/${randomUUID()}`;
      await withChannel(async (channel) => {
        await channel.raw.assertQueue('gives-up', {
          exclusive: true,
          arguments: {
            'x-message-ttl': 0,
            'x-dead-letter-exchange': 'signalbox.dead',
            'x-dead-letter-routing-key': 'status.record',
          },
        });
        await channel.publish({
          exchange: '',
          routingKey: 'gives-up',
          body: Buffer.from(JSON.stringify({ key, epoch: 1 })),
          properties: { type: 'work.offered', messageId: randomUUID() },
        });
      });
      // The next one is recorded after it.
      await say('task.cancel', { executionId: randomUUID() });
      expect(await deadLetters()).toBe(0);
    });
  });
});
