import { randomUUID } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConsumeMessage } from 'amqplib';
import {
  CancelTask,
  CommandAccepted,
  DependencyUnavailableError,
  GetStream,
  InvalidMessageError,
  QueryFailed,
  TimedOutError,
} from '#contracts';
import { Deferred } from '#supervisor';
import { Brokers } from '../../testing/brokers.js';
import { TcpProxy } from '../../testing/tcp-proxy.js';
import type { Broker } from '../broker.js';
import type { BrokerChannel } from '../connection/broker-channel.js';
import { UnroutableError } from '../publish/publish-errors.js';
import { declareExchanges, declareQueue } from '../topology/declare.js';
import { QueryFailedError } from './requester.js';

const query = { streamId: 'log' };
const command = { executionId: randomUUID(), reason: 'test' };
const failed = { code: 'not-found', reason: 'there is none', retryable: false };

const ignore = (): void => undefined;

describe('asking', () => {
  let brokers: Brokers;
  let proxy: TcpProxy;
  let broker: Broker;
  let reader: BrokerChannel;
  /** What the reader of the requests does. */
  let onRequest: (request: ConsumeMessage) => Promise<void>;

  beforeAll(async () => {
    brokers = await Brokers.fresh();
    proxy = await TcpProxy.to(brokers.url);
    broker = await brokers.open({ url: proxy.through(brokers.url) });
    const status = await brokers.open({ service: 'status' });
    reader = await status.openChannel('publish');
    await declareExchanges(reader);
    for (const queue of ['status.queries', 'status.record'] as const) {
      await declareQueue(reader, queue);
      await reader.consume(queue, (request) => void onRequest(request).catch(ignore), {
        noAck: true,
      });
    }
  });
  afterAll(async () => {
    await brokers[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    onRequest = (request) => answer(request, 'query.failed', failed);
  });

  async function answer(request: ConsumeMessage, type: string, body: object): Promise<void> {
    const { replyTo, correlationId } = request.properties;
    const properties = { type, correlationId, messageId: randomUUID() };
    const routingKey = String(replyTo);
    await reader.publish({
      exchange: '',
      routingKey,
      body: Buffer.from(JSON.stringify(body)),
      properties,
    });
  }

  const ask = (timeoutMs = 5_000, signal?: AbortSignal): Promise<object> =>
    broker.requester.request(GetStream, query, { timeoutMs, signal });

  it('gives the answer as its contract has it', async () => {
    onRequest = (request) => answer(request, 'command.accepted', { id: 'log' });
    await expect(ask()).resolves.toBeInstanceOf(CommandAccepted);
  });

  it('throws an answer that says it failed, with its code', async () => {
    const failure: unknown = await ask().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(QueryFailedError);
    expect(failure).toMatchObject({ code: 'not-found', message: 'there is none' });
  });

  it('throws what makes an answer unreadable', async () => {
    onRequest = (request) => answer(request, 'query.failed', { code: 'not-found' });
    await expect(ask()).rejects.toBeInstanceOf(InvalidMessageError);
  });

  it('sends a deadline with a query, and none with a command: that is carried out, however late', async () => {
    const headers: object[] = [];
    onRequest = (request) => {
      headers.push(request.properties.headers ?? {});
      return answer(request, 'command.accepted', { id: 'log' });
    };
    const before = Date.now();
    await ask(7_000);
    await broker.requester.request(CancelTask, command, { timeoutMs: 7_000 });
    const [ofQuery, ofCommand] = headers as Record<string, number>[];
    expect(ofQuery?.['signalbox-deadline']).toBeGreaterThanOrEqual(before + 7_000);
    expect(ofQuery?.['signalbox-deadline']).toBeLessThanOrEqual(Date.now() + 7_000);
    expect(ofCommand).not.toHaveProperty('signalbox-deadline');
  });

  it('gives up at the deadline, and ignores an answer that comes later', async () => {
    const requested = new Deferred<ConsumeMessage>();
    onRequest = async (request) => requested.resolve(request);
    const failure: unknown = await ask(100).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TimedOutError);
    expect(String(failure)).toMatch(/stream.get was not answered within 100 ms: is its reader/);
    await answer(await requested.promise, 'command.accepted', { id: 'log' });
    onRequest = (request) => answer(request, 'command.accepted', { id: 'log' });
    await expect(ask()).resolves.toBeInstanceOf(CommandAccepted);
  });

  it('says at the deadline that the broker was not there, when it was not', async () => {
    const url = new URL(brokers.url);
    url.port = '1';
    const down = brokers.begin({ url: url.href });
    await expect(down.requester.request(GetStream, query, { timeoutMs: 300 })).rejects.toThrow(
      /not answered within 300 ms: cannot connect to RabbitMQ at .+ nothing listens/,
    );
    await down.close();
  });

  it('gives up when its signal aborts, before it is sent too', async () => {
    onRequest = async () => undefined;
    const reason = new Error('enough');
    const stop = new AbortController();
    const asking = ask(5_000, stop.signal);
    stop.abort(reason);
    await expect(asking).rejects.toBe(reason);
    await expect(ask(5_000, stop.signal)).rejects.toBe(reason);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('fails at once when nobody reads such requests', async () => {
    const fresh = await Brokers.fresh();
    const alone = await fresh.open();
    await expect(
      alone.requester.request(GetStream, query, { timeoutMs: 5_000 }),
    ).rejects.toBeInstanceOf(UnroutableError);
    await fresh[Symbol.asyncDispose]();
  });

  it('fails at once when the connection is lost: no answer can come any more', async () => {
    const allRequested = new Deferred();
    let requested = 0;
    onRequest = async () => {
      requested += 1;
      if (requested === 20) allRequested.resolve();
    };
    const asking = Promise.allSettled(Array.from({ length: 20 }, () => ask(60_000)));
    await allRequested.promise;
    proxy.cut();
    for (const result of await asking) {
      expect(result).toMatchObject({ reason: expect.any(DependencyUnavailableError) });
    }
  });

  it('asks 10,000 times and keeps nothing: no timer, no listener, no question', async () => {
    const timersBefore = timers();
    for (let burst = 0; burst < 2; burst += 1) {
      const answers = await Promise.allSettled(Array.from({ length: 5_000 }, () => ask(60_000)));
      for (const one of answers) {
        expect(one).toMatchObject({ reason: expect.any(QueryFailedError) });
      }
    }
    // Others come and go: those of Jest, of heartbeats. One a request would be ten thousand.
    expect(timers()).toBeLessThan(timersBefore + 50);
    expect((broker.requester as unknown as { open: Map<string, unknown> }).open.size).toBe(0);
  }, 30_000);

  const timers = (): number =>
    process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

  it('knows an answer that is a failure by its contract', () => {
    const body = Object.assign(new QueryFailed(), failed);
    expect(new QueryFailedError(body)).toMatchObject({ code: 'not-found', retryable: false });
  });
});
