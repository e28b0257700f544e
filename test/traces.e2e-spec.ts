import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { context, trace, TraceFlags } from '@opentelemetry/api';
import { Streams } from '../apps/streamer/testing/streams.ts';
import { TestSource, endless } from '../apps/streamer/testing/test-source.ts';
import { Executions } from '../apps/task-runner/testing/executions.ts';
import { AsyncContextManager } from '../libs/runtime/src/tracing/async-context-manager.ts';
import { Collector, KIND, type CollectedSpan } from '../libs/runtime/testing/collector.ts';
import type { Mesh } from '../tools/mesh.ts';
import { eventually } from '../tools/testing/eventually.ts';
import { MeshGround } from '../tools/testing/mesh-ground.ts';

const SERVICES = ['status', 'task-runner', 'streamer', 'indexer'] as const;
/** What the person's own tool names as its span. */
const ASKING = 'a person asks';

let ground: MeshGround;
let mesh: Mesh;
let collector: Collector;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncContextManager());
  [ground, collector] = await Promise.all([MeshGround.open(), Collector.start()]);
  const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
  const more = {
    'task-runner': { PLUGINS: 'exec' },
    streamer: { STREAM_ALLOWED_HOSTS: '127.0.0.0/8' },
  };
  mesh = await ground.startMesh({
    env: Object.fromEntries(
      SERVICES.map((name) => [name, { ...tracing, ...(name in more && more[name as 'streamer']) }]),
    ),
  });
}, 60_000);

afterAll(async () => {
  await ground?.close();
  await collector?.[Symbol.asyncDispose]();
  context.disable();
}, 60_000);

/** Asks within a span of a tool of the person's own; gives its trace. */
async function asking<T>(ask: () => Promise<T>): Promise<{ traceId: string; asked: T }> {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  const span = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
  collector.spans.push({
    name: ASKING,
    kind: KIND.client,
    traceId,
    spanId,
    attributes: {},
    status: {},
    resource: {},
  });
  const asked = await context.with(trace.setSpanContext(context.active(), span), ask);
  return { traceId, asked };
}

/** The way of a span from the root of its trace, by names: those of messages of the record say which message. */
function wayOf(span: CollectedSpan): string {
  const parent = collector.spans.find(({ spanId }) => spanId === span.parentSpanId);
  const { name } = span;
  const type = name === 'process status.record' ? ` ${String(typeOf(span))}` : '';
  if (parent === undefined) return span.parentSpanId === undefined ? name : `? > ${name}`;
  return `${wayOf(parent)} > ${name}${type}`;
}

function typeOf({ attributes }: CollectedSpan): unknown {
  return attributes['signalbox.message.type'];
}

/** The ways in a trace, each once. */
function waysIn(traceId: string): Set<string> {
  return new Set(collector.spans.filter((span) => span.traceId === traceId).map(wayOf));
}

/** Waits until a trace has arrived as far as these ways; gives all of its. */
async function untilArrived(traceId: string, ways: readonly string[]): Promise<Set<string>> {
  const missing = () => {
    const arrived = waysIn(traceId);
    return ways.filter((way) => !arrived.has(way));
  };
  await eventually('the trace is whole', () => missing().length === 0, 10_000).catch(() => {});
  expect(missing()).toEqual([]);
  return waysIn(traceId);
}

describe('an execution', () => {
  let executions: Executions;

  beforeAll(() => {
    executions = new Executions(mesh.amqpUrl);
  });
  afterAll(() => executions?.close());

  it('is one trace, from its command through its targets to its end', async () => {
    await executions.untilTaskRunners(1);
    const { traceId, asked: executionId } = await asking(() =>
      executions.run({
        plugin: 'exec',
        args: { shell: true, program: '[ $SIGNALBOX_HOST = host-1 ]' },
        targets: ['host-1', 'host-2'],
      }),
    );
    await executions.ended(executionId);

    const recorded = `${ASKING} > process status.record task.run`;
    const taken = `${recorded} > publish work.offered > process task-runner.work`;
    const granted = `${taken} > publish lease.acquire > process status.record lease.acquire`;
    const ways = await untilArrived(traceId, [
      recorded,
      `${recorded} > publish work.offered`,
      taken,
      granted,
      `${granted} > publish lease.granted`,
      `${taken} > attempt exec`,
      `${taken} > publish targets.changed`,
      `${taken} > publish targets.changed > process status.record targets.changed`,
      `${recorded} > publish execution.changed`,
      `${recorded} > publish execution.finished`,
    ]);
    expect([...ways].filter((way) => way.includes('?') || way.includes('status.tick'))).toEqual([]);

    const attempts = collector.spans.filter(({ name }) => name === 'attempt exec');
    expect(attempts).toHaveLength(2);
    for (const [target, status] of [
      ['host-1', {}],
      ['host-2', { code: 2 }],
    ] as const) {
      const facts = { 'signalbox.target': target, 'signalbox.execution.id': executionId };
      expect(attempts).toContainEqual(
        expect.objectContaining({
          traceId,
          attributes: expect.objectContaining(facts),
          status: expect.objectContaining(status),
        }),
      );
    }
  }, 60_000);

  it('that is cancelled in another trace ends in its own', async () => {
    const { traceId, asked: executionId } = await asking(() =>
      executions.run({
        plugin: 'exec',
        args: { program: 'sleep', args: ['60'] },
        targets: ['host-1'],
      }),
    );
    await eventually('it runs', async () => {
      const [target] = await executions.targets(executionId);
      return target?.state === 'started';
    });
    const cancel = await asking(() => executions.cancel(executionId));
    await executions.ended(executionId);
    const recorded = `${ASKING} > process status.record task.run`;
    const taken = `${recorded} > publish work.offered > process task-runner.work`;
    await untilArrived(traceId, [
      `${recorded} > publish execution.finished`,
      `${taken} > publish targets.changed > process status.record targets.changed`,
    ]);
    await untilArrived(cancel.traceId, [`${ASKING} > process status.record task.cancel`]);
    expect([...waysIn(cancel.traceId)].filter((way) => way.includes('targets.changed'))).toEqual(
      [],
    );
  }, 60_000);
});

describe('a stream', () => {
  let streams: Streams;
  let source: TestSource;

  beforeAll(async () => {
    streams = await Streams.open(mesh.amqpUrl, mesh.searchUrl);
  });
  afterEach(() => source?.close());
  afterAll(() => streams?.close());

  it('is taken in the trace of its start; each batch of it is a trace with a link to that', async () => {
    source = await TestSource.listen(endless({}, '{"n":1}\n{"n":2}\n'));
    const settings = { format: 'ndjson', index: 'traced', resume: { by: 'none' } };
    const { traceId } = await asking(() =>
      streams.start({ streamId: 'traced', url: source.url, ...settings }),
    );
    await streams.untilStored('traced', 2);

    const recorded = `${ASKING} > process status.record stream.start`;
    const taken = `${recorded} > publish work.offered > process streamer.work`;
    const acquired = `${taken} > publish lease.acquire > process status.record lease.acquire`;
    const ways = await untilArrived(traceId, [
      taken,
      acquired,
      `${acquired} > publish lease.granted`,
    ]);
    expect([...ways].filter((way) => way.includes('document.index'))).toEqual([]);

    const batch = await eventually('the batch has arrived', () =>
      collector.spans.find(({ name }) => name === 'publish document.index'),
    );
    expect(batch.parentSpanId).toBeUndefined();
    const offer = collector.spans.find(({ name }) => name === 'process streamer.work');
    expect(batch.links).toMatchObject([{ traceId, spanId: offer?.spanId }]);
    await untilArrived(batch.traceId, ['publish document.index > process indexer.documents']);
    const event = collector.spans.find(({ name }) => name === 'publish stream.changed');
    expect(event?.links).toMatchObject([{ traceId, spanId: offer?.spanId }]);
  }, 60_000);
});

describe('what only says that time passes', () => {
  it('is in no trace', () => {
    const names = collector.spans.map(({ name }) => name);
    expect(names).not.toContain('publish status.tick');
    expect(names).not.toContain('publish lease.ping');
    expect(collector.spans.map(typeOf)).not.toContain('status.tick');
  });
});
