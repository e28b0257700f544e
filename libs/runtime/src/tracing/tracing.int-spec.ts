import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import type { RawDelivery } from '#broker';
import {
  ExecutionChanged,
  SearchDocuments,
  SearchDocumentsAnswered,
  definitionOf,
} from '#contracts';
import { Deferred, turn } from '#supervisor';
import { Brokers } from '../../../broker/testing/brokers.js';
import { nextLetter, publishRaw } from '../../../broker/testing/raw-messages.js';
import { listening, transportOf } from '../../../broker/testing/transport.js';
import type { Broker } from '../../../broker/src/broker.js';
import { Collector, KIND } from '../../testing/collector.js';
import { createLogger } from '../logging/create-logger.js';
import type { Logger } from '../logging/logger.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { ProcessIdentity } from '../service/process-identity.js';
import { Tracing } from './tracing.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SENDER = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${SENDER}-01`;

const QUEUES = [{ queue: 'indexer.documents' as const }, { queue: 'indexer.queries' as const }];
const query: SearchDocuments = Object.assign(new SearchDocuments(), { index: 'a', query: 'b' });
const [changed] = definitionOf(ExecutionChanged).examples;
if (changed === undefined) throw new Error('no example');

describe('tracing', () => {
  let brokers: Brokers;
  let collector: Collector;
  let broker: Broker;
  let metrics: MetricsRegistry;
  let tracing: Tracing;
  let log: Logger;
  let lines: { msg: string; messageId?: string; traceId?: string }[];

  beforeEach(async () => {
    [brokers, collector] = await Promise.all([Brokers.fresh(), Collector.start()]);
  });
  afterEach(async () => {
    await brokers[Symbol.asyncDispose]();
    await tracing.close();
    await collector[Symbol.asyncDispose]();
  });

  /** The process under test. */
  async function begin({ exporting = true } = {}): Promise<void> {
    const written: typeof lines = [];
    const write = (line: string): void => void written.push(JSON.parse(line) as never);
    const identity = new ProcessIdentity('indexer', 'p1', '1.2.3');
    log = createLogger({ identity, level: 'debug', format: 'json', output: { write } });
    lines = written;
    metrics = new MetricsRegistry();
    const endpoint = exporting ? collector.endpoint : undefined;
    tracing = new Tracing({ endpoint, identity, log, metrics });
    broker = await brokers.open({ log });
  }

  /** Handlers: of documents one that publishes an event, of queries one that answers. */
  async function serve(onDocuments = () => Promise.resolve()): Promise<void> {
    await listening(
      transportOf(broker, QUEUES, {
        'document.index': async () => {
          log.info('indexing');
          await turn();
          await broker.publisher.publish(ExecutionChanged, changed as ExecutionChanged);
          await onDocuments();
        },
        'document.search': async () => {
          await broker.publisher.publish(ExecutionChanged, changed as ExecutionChanged);
          return Object.assign(new SearchDocumentsAnswered(), { hits: [], total: 0 });
        },
      }),
    );
  }

  /** What another program publishes. */
  async function publish(headers: object): Promise<string> {
    const messageId = randomUUID();
    const body = '{"create":{"_index":"lines","_id":"1"}}\n{"a":1}\n';
    const properties = { messageId, headers };
    await publishRaw(broker, { routingKey: 'document.index', body, properties });
    return messageId;
  }

  /** The next event that arrives on a queue of the test. */
  async function nextEvent(): Promise<{ headers: Promise<Record<string, unknown>> }> {
    const channel = await broker.openChannel('consume');
    const { queue } = await channel.raw.assertQueue('', { exclusive: true });
    await channel.raw.bindQueue(queue, 'signalbox.events', 'execution.changed.#');
    const arrived = new Deferred<RawDelivery>();
    await channel.consume(queue, arrived.resolve, { noAck: true });
    const headers = arrived.promise.then(async ({ properties }) => {
      await channel.close();
      return { ...properties.headers };
    });
    return { headers };
  }

  it('follows a message from its publisher through the handler to what that publishes', async () => {
    await begin();
    await serve();
    const event = await nextEvent();
    const messageId = await publish({ traceparent: TRACEPARENT, tracestate: 'vendor=x' });
    const headers = await event.headers;
    await broker.close();
    await tracing.close();

    const [handled, published] = [
      collector.span('process indexer.documents'),
      collector.span('publish execution.changed'),
    ];
    expect(handled).toMatchObject({
      traceId: TRACE,
      parentSpanId: SENDER,
      kind: KIND.consumer,
      attributes: {
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'document.index:indexer.documents',
        'messaging.message.id': messageId,
        'signalbox.message.type': 'document.index',
      },
      resource: { 'service.name': 'indexer', 'service.instance.id': 'p1' },
    });
    expect(published).toMatchObject({
      traceId: TRACE,
      parentSpanId: handled.spanId,
      kind: KIND.producer,
      attributes: { 'messaging.operation.type': 'send' },
    });
    expect(headers).toMatchObject({
      traceparent: `00-${TRACE}-${published.spanId}-01`,
      tracestate: 'vendor=x',
    });
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'indexing', messageId, traceId: TRACE }),
    );
  });

  it('follows a question through its handler to the answer, and what was published on the way', async () => {
    await begin();
    await serve();
    await trace.getTracer('test').startActiveSpan('a person asks', async (span) => {
      await broker.requester.request(SearchDocuments, query, { timeoutMs: 5_000 });
      span.end();
    });
    await broker.close();
    await tracing.close();

    const root = collector.span('a person asks');
    const asked = collector.span('request document.search');
    const handled = collector.span('process indexer.queries');
    expect(asked).toMatchObject({ parentSpanId: root.spanId, kind: KIND.client });
    expect(handled).toMatchObject({ parentSpanId: asked.spanId, kind: KIND.server });
    for (const name of ['publish execution.changed', 'publish document.search.answered']) {
      expect(collector.span(name)).toMatchObject({
        parentSpanId: handled.spanId,
        traceId: root.traceId,
        kind: KIND.producer,
      });
    }
  });

  it('says in the spans what failed: a handler, an unroutable message', async () => {
    await begin();
    await serve(() => Promise.reject(new TypeError('broken')));
    await publish({ traceparent: TRACEPARENT });
    const nowhere = { messageId: '1', type: 'test', mandatory: true };
    const unroutable = {
      exchange: '',
      routingKey: 'no',
      body: Buffer.from(''),
      properties: nowhere,
    };
    await expect(broker.publisher.send(unroutable)).rejects.toThrow(/no queue takes/);
    const { properties } = await nextLetter(broker, 'indexer.documents.dead');
    expect(properties.headers).toMatchObject({ traceparent: expect.stringContaining(TRACE) });
    await broker.close();
    await tracing.close();
    expect(collector.span('publish test')).toMatchObject({
      attributes: { 'error.type': 'unroutable' },
      status: { code: 2 },
    });
    expect(collector.span('process indexer.documents')).toMatchObject({
      attributes: { 'error.type': 'TypeError' },
      status: { code: 2, message: 'broken' },
    });
  });

  it.each([
    ['nonsense'],
    [42],
    [`00-${'0'.repeat(32)}-${SENDER}-01`],
    [`ff-${TRACE}-${SENDER}-01`],
  ])('begins a trace of its own where the header is no traceparent: %s', async (traceparent) => {
    await begin();
    await serve();
    const event = await nextEvent();
    await publish({ traceparent });
    await event.headers;
    await broker.close();
    await tracing.close();
    const { traceId, parentSpanId } = collector.span('process indexer.documents');
    expect(traceId).not.toBe(TRACE);
    expect(parentSpanId).toBeUndefined();
  });

  it('passes the trace on without an endpoint too, and makes no span', async () => {
    await begin({ exporting: false });
    await serve();
    const event = await nextEvent();
    const messageId = await publish({ traceparent: TRACEPARENT });
    expect(await event.headers).toEqual({ traceparent: TRACEPARENT });
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'indexing', messageId, traceId: TRACE }),
    );
    expect(await metrics.metrics()).toBe('\n');
  });

  it('waits two seconds at most for a collector that does not answer, and says so', async () => {
    collector.status = undefined;
    await begin();
    await serve();
    await broker.requester.request(SearchDocuments, query, { timeoutMs: 5_000 });
    const startedAt = performance.now();
    await tracing.close();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(lines.map(({ msg }) => msg)).toContain('the last spans were not exported');
  });

  it('counts what a collector refuses, and logs it once', async () => {
    collector.status = 400;
    await begin();
    await serve();
    await broker.requester.request(SearchDocuments, query, { timeoutMs: 5_000 });
    await broker.close();
    await tracing.close();
    expect(await metrics.metrics()).toMatch(/spans_total\{event="failed"\} [1-9]/);
    const refusals = lines.filter(({ msg }) => msg.startsWith('cannot export spans'));
    expect(refusals).toHaveLength(1);
  });
});
