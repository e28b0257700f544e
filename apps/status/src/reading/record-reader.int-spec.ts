import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AcquireLease,
  CancelTask,
  IndexBlocked,
  IndexChanged,
  IndexUnblocked,
  ListAudit,
  ListExecutions,
  ListIndices,
  ListServices,
  ListStreams,
  ListTargets,
  RunTask,
  ServiceLost,
  ServiceStarted,
  ServiceStopped,
  StartStream,
  StatusTick,
  StreamCheckpointed,
  TargetsChanged,
  checkMessage,
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
import { RecordReader } from './record-reader.js';

const NOW = 1_764_000_000_000;
const messages = new RecordInMemory();
const say = messages.message.bind(messages);
const id = (n: number) => `0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b${String(n).padStart(2, '0')}`;
const run = (executionId: string, fields: object = {}, envelope: object = {}) =>
  say(RunTask, { executionId, plugin: 'ssh', targets: hosts(3), ...fields }, envelope);
const acquire = (key: string, n = 1) =>
  say(AcquireLease, { key, instanceId: instance(1), requestId: request(n) });

describe('questions about the record', () => {
  let record: RecordOnPostgres;
  let reader: RecordReader;

  beforeAll(async () => {
    record = await RecordOnPostgres.create();
    reader = new RecordReader(record.db);
  });
  afterAll(() => record.drop());
  beforeEach(() => record.clear());

  it('one execution: what was asked, and how far it is', async () => {
    const policy = { concurrency: 2, timeoutMs: 5_000 };
    await record.apply(NOW, run(EXECUTION, { policy, args: { command: 'uptime' } }));
    await record.apply(NOW + 10, acquire(chunk(1)));
    await record.apply(
      NOW + 20,
      say(TargetsChanged, report(chunk(1), 1, 1, { 'host-1': 'started', 'host-2': 'failed' })),
    );
    expect(await reader.execution(EXECUTION)).toMatchObject({
      executionId: EXECUTION,
      plugin: 'ssh',
      args: { command: 'uptime' },
      policy,
      requestedBy: 'unverified',
      state: 'running',
      counts: { total: 3, waiting: 1, running: 1, failed: 1 },
      batch: 1,
      recordedAt: NOW,
      startedAt: NOW + 10,
    });
    await expect(reader.execution(id(1))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('executions, newest first, page by page, by state, plugin, asker and time', async () => {
    for (let n = 1; n <= 5; n += 1) {
      const plugin = n % 2 === 0 ? 'http' : 'ssh';
      await record.apply(NOW + n, run(id(n), { plugin }, { userId: `user-${n}` }));
    }
    await record.apply(NOW + 10, say(CancelTask, { executionId: id(3) }));
    const ids = async (query: object) => {
      const { items } = await reader.executions(checkMessage(ListExecutions, query));
      return items.map(({ executionId }) => executionId);
    };
    expect(await ids({})).toEqual([5, 4, 3, 2, 1].map(id));
    expect(await ids({ state: 'cancelled' })).toEqual([id(3)]);
    expect(await ids({ plugin: 'http' })).toEqual([4, 2].map(id));
    expect(await ids({ requestedBy: 'user-2' })).toEqual([id(2)]);
    expect(await ids({ since: NOW + 2, until: NOW + 4 })).toEqual([3, 2].map(id));
    const first = await reader.executions(checkMessage(ListExecutions, { limit: 2 }));
    const { nextCursor: cursor } = first;
    const second = await reader.executions(checkMessage(ListExecutions, { limit: 3, cursor }));
    expect(second.items.map(({ executionId }) => executionId)).toEqual([3, 2, 1].map(id));
    expect(second.nextCursor).toBeUndefined();
  });

  it('targets in the order of the command, page by page and by state', async () => {
    await record.apply(NOW, run(EXECUTION));
    await record.apply(NOW, acquire(chunk(1)));
    const changes = [
      {
        target: 'host-2',
        state: 'failed',
        attempt: 2,
        startedAt: NOW,
        endedAt: NOW + 5,
        code: 'exit-code',
        message: 'the command ended with exit code 5',
        exitCode: 5,
        termination: 'proven',
        output: { tail: 'no\n', bytes: 3, truncated: false },
      },
    ];
    await record.apply(NOW, say(TargetsChanged, { key: chunk(1), epoch: 1, seq: 1, changes }));
    const query = { executionId: EXECUTION };
    const first = await reader.targets(checkMessage(ListTargets, { ...query, limit: 2 }));
    expect(first.items).toEqual([
      { target: 'host-1', state: 'waiting', attempt: 0, owner: instance(1), epoch: 1 },
      { ...changes[0], owner: instance(1), epoch: 1 },
    ]);
    const { nextCursor: cursor } = first;
    const rest = await reader.targets(checkMessage(ListTargets, { ...query, cursor }));
    expect(rest.items).toMatchObject([{ target: 'host-3' }]);
    const failed = await reader.targets(checkMessage(ListTargets, { ...query, state: 'failed' }));
    expect(failed.items).toMatchObject([{ target: 'host-2' }]);
    const unknown = checkMessage(ListTargets, { executionId: id(1) });
    await expect(reader.targets(unknown)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('streams with what all their epochs counted', async () => {
    const start = { streamId: STREAM, url: 'https://edge/', format: 'sse', index: 'edge' };
    await record.apply(NOW, say(StartStream, start));
    await record.apply(NOW, acquire(STREAM_KEY));
    const position = { by: 'time', time: 5 };
    await record.apply(NOW, say(StreamCheckpointed, streamReport(1, 1, { position })));
    const answer = {
      streamId: STREAM,
      wanted: true,
      state: 'streaming',
      owner: instance(1),
      position,
      counters: { documents: 10 },
      settings: { index: 'edge' },
    };
    expect(await reader.stream(STREAM)).toMatchObject(answer);
    const streaming = checkMessage(ListStreams, { state: 'streaming' });
    expect((await reader.streams(streaming)).items).toMatchObject([answer]);
    const failed = checkMessage(ListStreams, { state: 'failed' });
    expect((await reader.streams(failed)).items).toEqual([]);
    await expect(reader.stream('unknown')).rejects.toMatchObject({ code: 'not-found' });
  });

  describe('indices', () => {
    const REASON = 'disk watermark exceeded';
    const list = async (query: object = {}) =>
      (await reader.indices(checkMessage(ListIndices, query))).items;
    const started = (n: number, channel = 1) =>
      say(ServiceStarted, {
        instanceId: instance(n, channel),
        processId: instance(n).slice(0, 36),
        service: 'indexer',
        version: '0.1.0',
        plugins: [],
      });
    const about = (index: string, n: number, seq: number) => ({
      index,
      instanceId: instance(n),
      seq,
    });
    const blocked = (index: string, n: number, since: number, seq = 1) =>
      say(IndexBlocked, { ...about(index, n, seq), reason: `${REASON} (${n})`, since });
    const counted = (index: string, n: number, written: number, parked = 0) =>
      say(IndexChanged, { ...about(index, n, 2), written, duplicates: 1, rejected: 0, parked });

    it('take documents, or say why not, since when and by whom', async () => {
      await record.apply(NOW, started(1), started(2));
      await record.apply(
        NOW,
        counted('edge', 1, 10),
        blocked('edge', 1, NOW + 5),
        counted('edge', 2, 20, 7),
        blocked('edge', 2, NOW + 3),
        counted('app', 1, 5),
        blocked('*', 1, NOW),
      );
      const edge = {
        index: 'edge',
        state: 'blocked',
        reason: `${REASON} (2)`,
        since: NOW + 3,
        instanceId: instance(2),
        written: 30,
        duplicates: 2,
        rejected: 0,
        parked: 7,
      };
      const app = {
        index: 'app',
        state: 'open',
        written: 5,
        duplicates: 1,
        rejected: 0,
        parked: 0,
      };
      const store = expect.objectContaining({ index: '*', state: 'blocked', written: 0 });
      expect(await list()).toEqual([store, app, edge]);
      expect(await list({ state: 'blocked' })).toEqual([store, edge]);
      expect(await list({ state: 'open' })).toEqual([app]);
      const unblocked = { ...about('edge', 2, 3), reason: 'a probe was written', since: NOW };
      await record.apply(NOW, say(IndexUnblocked, unblocked));
      expect(await list({ state: 'blocked' })).toEqual([
        store,
        { ...edge, reason: `${REASON} (1)`, since: NOW + 5, instanceId: instance(1) },
      ]);
    });

    it('in the order of their names, page by page', async () => {
      await record.apply(NOW, ...['a', 'c', 'b'].map((index) => blocked(index, 1, NOW)));
      await record.apply(NOW, counted('bb', 1, 1));
      const query = { state: 'blocked', limit: 2 };
      const first = await reader.indices(checkMessage(ListIndices, query));
      expect(first.items.map(({ index }) => index)).toEqual(['a', 'b']);
      const { nextCursor: cursor } = first;
      const second = await reader.indices(checkMessage(ListIndices, { ...query, cursor }));
      expect(second.items.map(({ index }) => index)).toEqual(['c']);
      expect(second.nextCursor).toBeUndefined();
    });

    it('are not blocked by an indexer that has ended, but by one that goes on as another instance', async () => {
      await record.apply(NOW, started(1), started(2), started(3));
      for (const n of [1, 2, 3]) {
        await record.apply(NOW, counted(`i-${n}`, n, n, 4), blocked(`i-${n}`, n, NOW));
      }
      const gone = (n: number) => ({ instanceId: instance(n), reason: 'gone' });
      await record.apply(
        NOW,
        say(ServiceStopped, gone(1)),
        say(ServiceLost, gone(2)),
        started(3, 2),
      );
      expect(await list()).toMatchObject([
        { index: 'i-1', state: 'open', written: 1, parked: 4 },
        { index: 'i-2', state: 'open', written: 2, parked: 4 },
        { index: 'i-3', state: 'blocked', written: 3, parked: 4 },
      ]);
    });
  });

  it('processes, what they hold, and whether they are alive', async () => {
    const started = (n: number, service: string) =>
      say(ServiceStarted, {
        instanceId: instance(n),
        processId: instance(n).slice(0, 36),
        service,
        version: '0.1.0',
        plugins: [{ name: 'ssh', description: '', schema: {}, idempotent: true, timeoutMs: 1 }],
      });
    await record.apply(NOW, started(1, 'task-runner'), started(2, 'streamer'), run(EXECUTION));
    await record.apply(NOW + 5, acquire(chunk(1)));
    const list = async (query: object = {}) =>
      (await reader.services(checkMessage(ListServices, query))).items;
    const tick = (at: number) => say(StatusTick, { processId: instance(3).slice(0, 36), at });
    expect(await list()).toMatchObject([{ state: 'stale' }, { state: 'stale' }]);
    await record.apply(NOW, tick(Date.now()));
    await record.apply(Date.now(), say(ServiceLost, { instanceId: instance(2), reason: 'gone' }));
    expect(await list()).toMatchObject([
      { service: 'streamer', state: 'lost', holds: [] },
      {
        service: 'task-runner',
        state: 'alive',
        holds: [{ key: chunk(1), since: NOW + 5 }],
      },
    ]);
    expect(await list({ service: 'task-runner' })).toHaveLength(1);
  });

  it('how far the record is behind: as old as its newest tick, less the second until the next', async () => {
    const lag = async () => (await reader.services(checkMessage(ListServices, {}))).lagMs;
    const tick = (at: number) => say(StatusTick, { processId: instance(3).slice(0, 36), at });
    expect(await lag()).toBeUndefined();
    const before = Date.now();
    await record.apply(NOW, tick(before - 40_000));
    expect(await lag()).toBeGreaterThanOrEqual(39_000);
    expect(await lag()).toBeLessThanOrEqual(39_000 + Date.now() - before);
    await record.apply(NOW, tick(Date.now() + 500));
    expect(await lag()).toBe(0);
  });

  it('who asked for what, and how it ended', async () => {
    const asker = { userId: 'release-desk', messageId: 'm-1' };
    await record.apply(NOW, run(EXECUTION, {}, asker));
    await record.apply(NOW + 1, run(EXECUTION, { plugin: 'http' }, { messageId: 'm-2' }));
    await record.apply(NOW + 2, say(CancelTask, { executionId: EXECUTION }, { messageId: 'm-3' }));
    const { items } = await reader.audit(checkMessage(ListAudit, {}));
    expect(items).toMatchObject([
      { type: 'task.cancel', result: 'accepted', messageId: 'm-3', outcome: 'cancelled' },
      { type: 'task.run', result: 'rejected', code: 'id-reused', messageId: 'm-2' },
      {
        at: NOW,
        type: 'task.run',
        id: EXECUTION,
        requestedBy: 'release-desk',
        result: 'accepted',
        outcome: 'cancelled',
        messageId: 'm-1',
      },
    ]);
    const mine = checkMessage(ListAudit, { requestedBy: 'release-desk', type: 'task.run' });
    expect((await reader.audit(mine)).items).toHaveLength(1);
    const between = checkMessage(ListAudit, { since: NOW + 1, until: NOW + 2 });
    expect((await reader.audit(between)).items).toMatchObject([{ messageId: 'm-2' }]);
  });

  it('pages the audit list, where many commands were recorded at once, too', async () => {
    const ids = Array.from({ length: 5 }, (_, n) => `m-${n}`);
    const cancels = ids.map((messageId) =>
      say(CancelTask, { executionId: EXECUTION }, { messageId }),
    );
    await record.apply(NOW, ...cancels);
    const seen: string[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await reader.audit(checkMessage(ListAudit, { limit: 2, cursor }));
      seen.push(...page.items.map(({ messageId }) => messageId));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(ids.toReversed());
  });
});
