import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CancelTask,
  IndexBlocked,
  IndexChanged,
  RunTask,
  ServiceLost,
  ServiceStarted,
  StartStream,
  StopStream,
  StreamCheckpointed,
  TargetsChanged,
  AcquireLease,
  LeaseReleased,
} from '#contracts';
import {
  EXECUTION,
  STREAM,
  STREAM_KEY,
  chunk,
  hosts,
  instance,
  report,
  request,
  streamReport,
} from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { RecordOnPostgres } from '../../testing/record-on-postgres.js';
import { schemaCheck } from '../../testing/schema-check.js';
import { RecordReader } from '../reading/record-reader.js';
import { FEED_EVENTS } from './feed-schemas.js';
import { FeedTable } from './feed-table.js';

const NOW = 1_764_000_000_000;
const messages = new RecordInMemory();
const say = messages.message.bind(messages);
const run = (targets = 2, fields: object = {}) =>
  say(RunTask, { executionId: EXECUTION, plugin: 'ssh', targets: hosts(targets), ...fields });
const acquire = (key: string) =>
  say(AcquireLease, { key, instanceId: instance(1), requestId: request(1) });
const changed = (seq: number, states: Parameters<typeof report>[3]) =>
  say(TargetsChanged, report(chunk(1), 1, seq, states));

/** Throws for data that are not as the OpenAPI document tells. */
const fits = Object.fromEntries(
  Object.entries(FEED_EVENTS).map(([type, { data }]) => [type, schemaCheck(data)]),
) as Record<keyof typeof FEED_EVENTS, (data: unknown) => void>;

describe('what a batch adds to the feed', () => {
  let record: RecordOnPostgres;
  let reader: RecordReader;
  let feed: FeedTable;

  beforeAll(async () => {
    record = await RecordOnPostgres.create();
    reader = new RecordReader(record.db);
    feed = new FeedTable(record.pool);
  });
  afterAll(() => record.drop());
  beforeEach(() => record.clear());

  /** What a batch added, as the readers of the feed get it. */
  async function added(...batch: Parameters<RecordOnPostgres['apply']>[1][]) {
    const before = await feed.extent();
    await record.apply(NOW, ...batch);
    const events = await feed.after(before);
    for (const { type, data } of events) fits[type](JSON.parse(data));
    return events.map(({ type, subject, data }) => ({ type, subject, data: JSON.parse(data) }));
  }

  it('an execution as the list has it, after the targets that moved it', async () => {
    await added(run());
    await added(acquire(chunk(1)));
    const entries = await added(changed(1, { 'host-1': 'started', 'host-2': 'failed' }));
    expect(entries).toEqual([
      {
        type: 'targets',
        subject: EXECUTION,
        data: {
          executionId: EXECUTION,
          items: [
            { target: 'host-1', state: 'started', attempt: 1 },
            { target: 'host-2', state: 'failed', attempt: 1 },
          ],
        },
      },
      { type: 'execution', subject: EXECUTION, data: await listedExecution() },
    ]);
    expect(entries[1]?.data).toMatchObject({ state: 'running', counts: { running: 1, failed: 1 } });
    const [, end] = await added(changed(2, { 'host-1': 'succeeded' }));
    expect(end?.data).toEqual(await listedExecution());
    expect(end?.data).toMatchObject({ state: 'failed', finishedAt: NOW });
  });

  it('a target that its owner gives back, as one that waits for another attempt', async () => {
    await added(run());
    await added(acquire(chunk(1)));
    await added(changed(1, { 'host-1': 'started' }));
    const release = { key: chunk(1), epoch: 1, instanceId: instance(1), interrupted: ['host-1'] };
    expect(await added(say(LeaseReleased, release))).toContainEqual({
      type: 'targets',
      subject: EXECUTION,
      data: {
        executionId: EXECUTION,
        items: [{ target: 'host-1', state: 'retrying', attempt: 1 }],
      },
    });
  });

  it('targets that status ended as a range, however many', async () => {
    await added(run(5_000));
    const entries = await added(say(CancelTask, { executionId: EXECUTION }));
    const ranges = entries.filter(({ type }) => type === 'targets-ended');
    const covered = ranges.reduce((sum, { data }) => sum + data.last - data.first + 1, 0);
    expect(covered).toBe(5_000);
    expect(ranges[0]?.data).toMatchObject({
      executionId: EXECUTION,
      outcome: 'cancelled',
      code: 'cancelled',
      startedAreLost: false,
    });
    expect(entries.at(-1)).toMatchObject({ type: 'execution', data: { state: 'cancelled' } });
  });

  it('a hundred targets in one entry at most, and no output', async () => {
    await added(run(250));
    await added(acquire(chunk(1)));
    const states = Object.fromEntries(hosts(250).map((host) => [host, 'started' as const]));
    const { changes, ...body } = report(chunk(1), 1, 1, states);
    const output = { tail: 'x'.repeat(100), bytes: 100, truncated: false };
    const entries = await added(
      say(TargetsChanged, { ...body, changes: changes.map((one) => ({ ...one, output })) }),
    );
    const sizes = entries.flatMap(({ type, data }) =>
      type === 'targets' ? data.items.length : [],
    );
    expect(sizes).toEqual([100, 100, 50]);
    expect(JSON.stringify(entries)).not.toContain('xxx');
  });

  it('a stream as the list has it: when it was asked for, taken, read, and stopped', async () => {
    const start = { streamId: STREAM, url: 'https://a.example.net/', format: 'ndjson', index: 'i' };
    const steps = [
      say(StartStream, start),
      acquire(STREAM_KEY),
      say(StreamCheckpointed, streamReport(1, 1, { position: { by: 'time', time: NOW } })),
      say(StopStream, { streamId: STREAM }),
    ];
    for (const step of steps) {
      const entries = await added(step);
      const { items } = await reader.streams({ limit: 10 });
      expect(entries).toEqual([{ type: 'stream', subject: STREAM, data: plain(items[0]) }]);
    }
  });

  it('a process that starts, goes on as another instance, and is lost; with the block that ends by it', async () => {
    const [first, second] = [instance(1, 1), instance(1, 2)];
    const start = (instanceId: string) =>
      say(ServiceStarted, {
        instanceId,
        processId: first.slice(0, 36),
        service: 'indexer',
        version: '0.1.0',
        plugins: [],
      });
    expect(await added(start(first))).toMatchObject([
      { type: 'service', subject: 'indexer', data: { instanceId: first, state: 'alive' } },
    ]);
    const moved = await added(start(second));
    expect(new Map(moved.map(({ data }) => [data.instanceId, data.state]))).toEqual(
      new Map([
        [first, 'stopped'],
        [second, 'alive'],
      ]),
    );
    const counters = { written: 5, duplicates: 0, rejected: 0, parked: 1 };
    const index = { index: 'logs', instanceId: second };
    await added(say(IndexChanged, { ...index, seq: 1, ...counters }));
    const block = { ...index, seq: 2, reason: 'full', since: NOW };
    expect(await added(say(IndexBlocked, block))).toEqual([
      { type: 'index', subject: 'logs', data: await listedIndex() },
    ]);
    expect(await listedIndex()).toMatchObject({ state: 'blocked', reason: 'full' });
    const gone = await added(say(ServiceLost, { instanceId: second, reason: 'no answer' }));
    expect(gone).toMatchObject([
      { type: 'service', data: { instanceId: second, state: 'lost', reason: 'no answer' } },
      { type: 'index', data: await listedIndex() },
    ]);
    expect(gone[1]?.data).toMatchObject({ state: 'open' });
  });

  it('nothing for a batch that changes nothing', async () => {
    await added(run());
    await added(acquire(chunk(1)));
    const success = changed(1, { 'host-1': 'succeeded' });
    expect(await added(success)).toHaveLength(2);
    expect(await added(success)).toEqual([]);
  });

  async function listedExecution(): Promise<unknown> {
    const { items } = await reader.executions({ limit: 1 });
    return plain(items[0]);
  }

  async function listedIndex(): Promise<unknown> {
    const { items } = await reader.indices({ limit: 1 });
    return plain(items[0]);
  }
});

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
