import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConsumeMessage } from 'amqplib';
import {
  AcquireLease,
  CommandRejected,
  DependencyUnavailableError,
  GetStream,
  InvalidMessageError,
  ListStreams,
  ListStreamsAnswered,
  QueryFailed,
  parseMessage,
  type LiveQueueName,
} from '#contracts';
import { Deferred, sleep } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers, leftIn, waitingIn, withChannel } from '../../testing/brokers.js';
import { Management } from '../../testing/management.js';
import { nextLetter, publishRaw } from '../../testing/raw-messages.js';
import { transportOf, type Handlers } from '../../testing/transport.js';
import type { Broker } from '../broker.js';
import type { BrokerServer } from '../nest/broker-server.js';
import type { DeliveryContext } from '../nest/delivery-context.js';
import { DIRECT_REPLY_QUEUE } from '../request/requester.js';

describe('a message that fails', () => {
  let brokers: Brokers;
  let broker: Broker;
  let transport: BrokerServer;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
    broker = await brokers.open({ service: 'status' });
  });
  afterEach(() => brokers[Symbol.asyncDispose]());

  async function consume(queue: LiveQueueName, handlers: Handlers): Promise<BrokerServer> {
    transport = transportOf(broker, [{ queue, prefetch: 4 }], handlers);
    return brokers.listen(transport);
  }

  async function publish(
    routingKey: string,
    body: string | Buffer,
    properties?: object,
    exchange?: string,
  ): Promise<void> {
    await publishRaw(broker, { exchange, routingKey, body, properties });
  }

  const letter = (queue: string): Promise<ConsumeMessage> => nextLetter(broker, queue);

  /** Asks as any AMQP client may; gives what is answered. */
  async function ask(type: string, body: string): Promise<object> {
    return withChannel(broker, async (channel) => {
      const answered = new Deferred<object>();
      await channel.consume(
        DIRECT_REPLY_QUEUE,
        ({ properties, content }) =>
          answered.resolve(parseMessage(String(properties.type), content)),
        { noAck: true },
      );
      const properties = {
        type,
        messageId: 'm-1',
        correlationId: '1',
        replyTo: DIRECT_REPLY_QUEUE,
      };
      const exchange = 'signalbox.commands';
      await channel.publish({ exchange, routingKey: type, body: Buffer.from(body), properties });
      return answered.promise;
    });
  }

  describe('becomes a dead letter', () => {
    it.each([
      ['too large', JSON.stringify({ streamId: 'x'.repeat(600 * 1024) }), 'too-large'],
      ['nested too deep', '['.repeat(50_000) + ']'.repeat(50_000), 'too-deep'],
      ['not JSON', '{"streamId":', 'not-json'],
      ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not-json'],
      ['empty', '', 'not-json'],
      ['with a field that is not known', '{"streamId":"a","stream_id":"b"}', 'contract-violated'],
    ])('when it is %s, with its whole body', async (_, body, code) => {
      await consume('status.queries', {});
      await publish('stream.get', body);
      const { content, properties } = await letter('status.queries.dead');
      expect(content.equals(Buffer.from(body))).toBe(true);
      expect(properties.headers).toMatchObject({
        'signalbox-error-code': code,
        'signalbox-queue': 'status.queries',
        'signalbox-attempt': 1,
      });
    });

    it.each([
      ['signalbox.commands', 'stream.stop', 'lease.expired'],
      ['signalbox.events', 'stream.stopped.a', 'stream.failed'],
    ])('when it came to %s as %s, and calls itself %s', async (exchange, key, type) => {
      await consume('status.record', {});
      await publish(key, '{"streamId":"a"}', { type }, exchange);
      const { properties } = await letter('status.record.dead');
      expect(properties.headers).toMatchObject({ 'signalbox-error-code': 'type-mismatch' });
    });

    it('with what it came with: id, content type, headers, the user who sent it', async () => {
      await consume('status.record', {
        'stream.stop': async () => {
          throw new Error('a defect');
        },
      });
      const headers = {
        traceparent: '00-1-2-03',
        nested: { list: [1, 'two', null, true], at: { '!': 'timestamp', value: 1 } },
        'x-death': [{ queue: 'elsewhere', count: 3 }],
        'signalbox-attempt': 4,
        'signalbox-first-failed-at': 1_700_000_000_000,
      };
      const about = { contentType: 'application/vnd.ours+json', userId: 'guest', headers };
      await publish('stream.stop', '{"streamId":"a","reason":"b"}', { messageId: 'm-7', ...about });
      const { properties } = await letter('status.record.dead');
      expect(properties).toMatchObject({
        type: 'stream.stop',
        messageId: 'm-7',
        contentType: 'application/vnd.ours+json',
        deliveryMode: 2,
        userId: undefined,
        headers: {
          ...headers,
          'signalbox-requested-by': 'guest',
          'signalbox-error-code': 'internal',
          'signalbox-error-message': 'a defect',
        },
      });
      expect(properties.headers?.['signalbox-failed-at']).toBeGreaterThan(1_700_000_000_000);
    });

    it('in its own dead-letter queue only, whatever its headers say', async () => {
      await consume('status.queries', {});
      const headers = { CC: ['status.record'] };
      await publish('stream.get', 'nonsense', { headers });
      await letter('status.queries.dead');
      expect(await waitingIn(broker, 'status.record')).toBe(0);
    });

    it('without its headers, when they leave no room for the reason', async () => {
      await consume('status.queries', {});
      const headers = { huge: 'x'.repeat(65_400), 'signalbox-attempt': 3 };
      await publish('stream.get', 'nonsense', { headers });
      const { properties } = await letter('status.queries.dead');
      expect(properties.headers).toMatchObject({
        'signalbox-error-code': 'not-json',
        'signalbox-attempt': 3,
      });
      expect(properties.headers).not.toHaveProperty('huge');
    });

    it('again, when its queue for dead letters was deleted', async () => {
      await consume('status.queries', {});
      await withChannel(broker, (channel) => channel.raw.deleteQueue('status.queries.dead'));
      await publish('stream.get', 'nonsense');
      await expect(
        eventually('the queue is there again', () => letter('status.queries.dead')),
      ).resolves.toMatchObject({ content: Buffer.from('nonsense') });
    });
  });

  it('is handled whatever its content type says, if its body is right', async () => {
    const received = new Deferred<object>();
    await consume('status.queries', {
      'stream.get': async (body) => received.resolve(body),
    });
    await publish('stream.get', '{"streamId":"a"}', { contentType: 'text/html' });
    await expect(received.promise).resolves.toEqual({ streamId: 'a' });
  });

  it('stops the consumer of its queue while the dead-letter queue is full, says so, and goes on after', async () => {
    const management = new Management(brokers.server);
    let [nonsense, published, handled] = [0, 0, 0];
    await consume('status.queries', {
      'stream.get': async () => {
        handled += 1;
      },
    });
    await management.limitLength('^status.queries.dead$', 1);
    await eventually('the dead-letter queue is full', async () => {
      await publish('stream.get', 'nonsense');
      nonsense += 1;
      return transport.trouble();
    });
    expect(transport.trouble()).toBe(
      'queue status.queries: status.queries.dead is full: replay or discard what is in it',
    );
    await eventually('what could be handled waits too', async () => {
      await publish('stream.get', '{"streamId":"a"}');
      published += 1;
      return (await waitingIn(broker, 'status.queries')) > 0;
    });
    expect(handled).toBeLessThan(published);
    await management.limitLength('^status.queries.dead$', 1_000);
    await eventually('all is handled', () => handled === published);
    await eventually('all is well', () => transport.trouble() === undefined);
    // The broker may have kept what it refused, too.
    expect(await waitingIn(broker, 'status.queries.dead')).toBeGreaterThanOrEqual(nonsense);
  }, 20_000);

  describe('is told to whoever asked', () => {
    it('when it is a query that cannot be read: and is a dead letter too', async () => {
      await consume('status.queries', {});
      const answer = await ask('stream.get', '{"streamId":7}');
      expect(answer).toBeInstanceOf(QueryFailed);
      expect(answer).toMatchObject({ code: 'contract-violated', retryable: false });
      await expect(letter('status.queries.dead')).resolves.toBeDefined();
    });

    it('when it is a command that cannot be read: and is a dead letter too', async () => {
      await consume('status.record', {});
      const answer = await ask('task.cancel', '{"executionId":7}');
      expect(answer).toBeInstanceOf(CommandRejected);
      expect(answer).toMatchObject({ id: 'm-1', code: 'contract-violated' });
      await expect(letter('status.record.dead')).resolves.toBeDefined();
    });

    it.each([
      ['a defect', new Error('secret'), { code: 'internal', retryable: false }],
      [
        'a dependency',
        new DependencyUnavailableError('down'),
        { code: 'dependency-unavailable', retryable: true },
      ],
    ])('when its query ends in %s: and is acknowledged', async (_, error, told) => {
      await consume('status.queries', {
        'stream.get': async () => {
          throw error;
        },
      });
      const answer = await ask('stream.get', '{"streamId":"a"}');
      expect(answer).toMatchObject(told);
      expect(JSON.stringify(answer)).not.toContain('secret');
      await transport.drain(1_000);
      expect(await leftIn(broker, 'status.queries')).toBe(0);
      expect(await waitingIn(broker, 'status.queries.dead')).toBe(0);
    });

    it('when its handler gives no answer', async () => {
      await consume('status.queries', { 'stream.get': async () => undefined });
      await expect(ask('stream.get', '{"streamId":"a"}')).resolves.toMatchObject({
        code: 'internal',
      });
      expect(brokers.log.messages('error')).toEqual(['query failed']);
    });

    it('when the answer does not fit a message', async () => {
      const items = Array.from({ length: 100 }, (_, n) => ({ streamId: `s-${n}` }));
      await consume('status.queries', {
        'stream.list': async () => {
          const padding = { ...items[0], reason: 'x'.repeat(8_000) };
          return Object.assign(new ListStreamsAnswered(), { items: items.map(() => padding) });
        },
      });
      const answer = await ask('stream.list', '{}');
      // Whether it is its size or its fields that are wrong first: nobody waits in vain, and it is no dead letter.
      expect(answer).toBeInstanceOf(QueryFailed);
      await transport.drain(1_000);
      expect(await waitingIn(broker, 'status.queries.dead')).toBe(0);
    });

    it('in words that fit, however long they are', async () => {
      await consume('status.queries', {
        'stream.get': async () => {
          throw new InvalidMessageError('contract-violated', 'x'.repeat(50_000));
        },
      });
      await expect(ask('stream.get', '{"streamId":"a"}')).resolves.toMatchObject({
        code: 'contract-violated',
      });
    });
  });

  it('is not answered when it asks for a lease: it waits until its dependency is back', async () => {
    let down = true;
    const recorded = new Deferred<object>();
    await consume('status.record', {
      'status.record': async (body) => {
        if (down) throw new DependencyUnavailableError('the database is down');
        recorded.resolve(body);
      },
    });
    transport.setProbe('status.record', async () => {
      down = false;
    });
    const request = { key: 'stream/a', instanceId: `${randomUUID()}.1`, requestId: randomUUID() };
    const body = JSON.stringify(request);
    await publish('lease.acquire', body, { replyTo: 'a-queue' }, 'signalbox.events');
    const record = await recorded.promise;
    expect(record).toBeInstanceOf(AcquireLease);
    expect(record).toMatchObject(request);
  });

  describe('with a deadline', () => {
    const passed = { 'signalbox-deadline': Date.now() - 1 };

    it('that has passed is not begun when it is a query', async () => {
      let calls = 0;
      await consume('status.queries', {
        'stream.get': async () => {
          calls += 1;
        },
      });
      await publish('stream.get', '{"streamId":"a"}', { headers: passed });
      await eventually(
        'it is settled',
        async () => (await waitingIn(broker, 'status.queries')) === 0,
      );
      await transport.drain(1_000);
      expect(await leftIn(broker, 'status.queries')).toBe(0);
      expect(calls).toBe(0);
    });

    it('that has passed is carried out when it is a command', async () => {
      const received = new Deferred();
      await consume('status.record', { 'stream.stop': async () => received.resolve() });
      await publish('stream.stop', '{"streamId":"a","reason":"b"}', { headers: passed });
      await expect(received.promise).resolves.toBeUndefined();
    });

    it('that passes stops the handler of a query', async () => {
      const stopped = new Deferred<unknown>();
      await consume('status.queries', {
        'stream.get': async (_: never, { signal }: DeliveryContext) => {
          await sleep(Infinity, signal).catch(stopped.resolve);
          throw signal.reason;
        },
      });
      await expect(
        broker.requester.request(GetStream, { streamId: 'a' }, { timeoutMs: 200 }),
      ).rejects.toMatchObject({ code: 'timed-out' });
      await expect(stopped.promise).resolves.toMatchObject({ name: 'DeadlineExceededError' });
      await transport.drain(1_000);
      expect(await leftIn(broker, 'status.queries')).toBe(0);
    });
  });

  it('that nobody handles is dead, and names who should', async () => {
    await consume('status.queries', {});
    await broker.publisher.publish(ListStreams, {} as ListStreams);
    const { properties } = await letter('status.queries.dead');
    expect(properties.headers?.['signalbox-error-message']).toMatch(
      /status has no handler for stream.list \(queue status.queries\)/,
    );
  });
});
