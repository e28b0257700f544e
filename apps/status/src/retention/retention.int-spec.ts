import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Pool } from 'pg';
import {
  AcquireLease,
  AddTargets,
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
  chunkKey,
  type Contract,
} from '#contracts';
import { silentLog } from '#runtime';
import { ManualClock } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { STREAM, STREAM_KEY, hosts, instance, report, request } from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { RecordOnPostgres } from '../../testing/record-on-postgres.js';
import { readerPool } from '../storage/connection.js';
import { recordBytes } from './record-size.js';
import { Retention, type RetentionParts } from './retention.js';
import { DAY_MS } from './sweep.js';

jest.setTimeout(30_000);

const NOW = 1_764_000_000_000;
const AGES = { recordMs: 90 * DAY_MS, eventsMs: 7 * DAY_MS, auditMs: 365 * DAY_MS };
const INDEXER = `${randomUUID()}.1`;

const daysAgo = (days: number): number => NOW - days * DAY_MS;

describe('retention', () => {
  const never = new AbortController().signal;
  let record: RecordOnPostgres;
  let pool: Pool;
  let deleted: Record<string, number>;

  beforeAll(async () => {
    record = await RecordOnPostgres.create();
    pool = readerPool(record.databaseUrl);
  });
  beforeEach(() => record.clear());
  afterAll(async () => {
    await pool.end();
    await record.drop();
  });

  it('deletes what ended too long ago, with all that is its own, and nothing else', async () => {
    const [old, young, open] = [randomUUID(), randomUUID(), randomUUID()];
    await runToEnd(old, daysAgo(91));
    await runToEnd(young, daysAgo(89));
    await begin(open, daysAgo(300));
    await look();
    expect(deleted).toMatchObject({ executions: 1, targets: 2, leases: 1, events: 1 });
    expect(await executions()).toEqual([open, young].toSorted());
    expect(await count('targets')).toBe(4);
    expect(await count('leases')).toBe(2);
    expect(await count('events')).toBe(1);
    await look();
    expect(deleted).toEqual({});
  });

  it('deletes targets that never began, and executions that were refused', async () => {
    const id = randomUUID();
    await tellAt(daysAgo(91), RunTask, run(id, hosts(2_500), { batches: { sizes: [1] } }));
    await tellAt(daysAgo(91), CancelTask, { executionId: id });
    const pages = { pages: 1, count: 9, sha256: '0'.repeat(64) };
    await tellAt(daysAgo(91), RunTask, { ...run(randomUUID(), []), targets: pages });
    await look();
    expect(deleted).toMatchObject({ executions: 2, targets: 2_500, leases: 1 });
    expect(await count('targets')).toBe(0);
  });

  it('keeps an open stream and its newest word; a closed one goes with everything', async () => {
    await tellAt(daysAgo(100), StartStream, stream(STREAM));
    await grant(STREAM_KEY, daysAgo(100));
    for (const seq of [1, 2, 3]) await tellAt(daysAgo(99), StreamCheckpointed, checkpoint(seq));
    await tellAt(daysAgo(1), StreamCheckpointed, checkpoint(4));
    await tellAt(daysAgo(1), StreamCheckpointed, checkpoint(5));
    await tellAt(daysAgo(100), StartStream, stream('closed'));
    await tellAt(daysAgo(95), StopStream, { streamId: 'closed' });
    await look();
    expect(deleted).toEqual({ events: 3, streams: 1, leases: 1 });
    expect(await record.rows('select seq from events order by seq')).toEqual([
      { seq: 4 },
      { seq: 5 },
    ]);
    await look(NOW + 30 * DAY_MS);
    expect(await record.rows('select seq from events')).toEqual([{ seq: 5 }]);
    expect(await count('streams')).toBe(1);
  });

  it('remembers cancels, and pages without their command, for a day', async () => {
    const [old, young] = [randomUUID(), randomUUID()];
    for (const [executionId, at] of [
      [old, daysAgo(1.1)] as const,
      [young, daysAgo(0.9)] as const,
    ]) {
      await tellAt(at, CancelTask, { executionId });
      await tellAt(at, AddTargets, { executionId, page: 1, targets: ['a'] });
    }
    // Its pages are still arriving.
    await tellAt(daysAgo(1.1), AddTargets, { executionId: young, page: 2, targets: ['b'] });
    await look();
    expect(deleted).toEqual({ cancels: 1, target_pages: 1 });
    expect(await record.rows('select execution_id from cancels')).toEqual([
      { execution_id: young },
    ]);
    expect(await count('target_pages')).toBe(2);
  });

  it('keeps the audit list for a time of its own', async () => {
    await tellAt(daysAgo(366), CancelTask, { executionId: randomUUID() });
    await tellAt(daysAgo(364), CancelTask, { executionId: randomUUID() });
    await look();
    expect(deleted).toMatchObject({ commands: 1 });
    expect(await count('commands')).toBe(1);
  });

  it('deletes processes that are gone, and keeps what they counted', async () => {
    await startService(INDEXER, 'indexer', daysAgo(100));
    const counters = { written: 5, duplicates: 1, rejected: 0, parked: 2 };
    const index = { index: 'edge', instanceId: INDEXER };
    await tellAt(daysAgo(100), IndexChanged, { ...index, seq: 1, ...counters });
    const block = { reason: 'full', since: daysAgo(100) };
    await tellAt(daysAgo(100), IndexBlocked, { ...index, seq: 2, ...block });
    await tellAt(daysAgo(95), ServiceLost, { instanceId: INDEXER, reason: 'gone' });
    await startService(instance(1), 'task-runner', daysAgo(100));
    await begin(randomUUID(), daysAgo(100));
    await tellAt(daysAgo(95), ServiceLost, { instanceId: instance(1), reason: 'gone' });
    await look();
    // The task-runner owns a lease still: it is watched.
    expect(await record.rows('select instance_id from services')).toEqual([
      { instance_id: instance(1) },
    ]);
    expect(deleted).toEqual({ services: 1, indexes: 1, events: 4 });
    const left = await record.rows('select written, parked, blocked_since from indexes');
    expect(left).toEqual([{ written: 5, parked: 2, blocked_since: null }]);
  });

  it('deletes the oldest first where the record is too large, and nothing younger than a day', async () => {
    const ids = [80, 60, 40, 20, 0.5].map((days) => [randomUUID(), daysAgo(days)] as const);
    for (const [id, at] of ids) await runToEnd(id, at, 200);
    await look(NOW, { maxBytes: (await recordBytes(pool)) / 2 });
    const rest = await executions();
    const expected = ids.map(([id]) => id).slice(-rest.length);
    expect(rest.length).toBeGreaterThan(1);
    expect(rest.length).toBeLessThan(5);
    expect(rest).toEqual(expected.toSorted());
    await look(NOW, { maxBytes: 1 });
    expect(await executions()).toEqual([ids.at(-1)?.[0]]);
    expect(await count('commands')).toBe(5);
  });

  it('goes on where it was cut off', async () => {
    await runToEnd(randomUUID(), daysAgo(91), 2_000);
    const cut = new AbortController();
    const deletedSome = () => cut.abort(new Error('stopped'));
    const metrics = { deleted: deletedSome, size: () => undefined };
    await expect(look(NOW, { metrics }, cut.signal)).rejects.toThrow('stopped');
    expect(await count('targets')).toBe(1_000);
    expect(await count('executions')).toBe(1);
    await look();
    expect(deleted).toEqual({ executions: 1, targets: 1_000, leases: 2, events: 2 });
    expect(await count('targets')).toBe(0);
  });

  it('is done by one status at a time', async () => {
    for (let n = 0; n < 10; n += 1) await runToEnd(randomUUID(), daysAgo(91), 200);
    const counts: Record<string, number>[] = [{}, {}];
    await Promise.all(counts.map((into) => look(NOW, { metrics: metricsInto(into) })));
    const total = (table: string) => counts.reduce((sum, into) => sum + (into[table] ?? 0), 0);
    expect(total('targets')).toBe(2_000);
    expect(total('executions')).toBe(10);
    expect(await count('executions')).toBe(0);
  });

  it('does not hold up the writer, even where a transaction of it hangs; cut off then, nothing of it is done', async () => {
    const [old, open] = [randomUUID(), randomUUID()];
    await runToEnd(old, daysAgo(91), 100);
    await begin(open, NOW);
    const holder = await pool.connect();
    await holder.query('begin');
    await holder.query('select from targets where execution_id = $1 and ordinal = 50 for update', [
      old,
    ]);
    const looking = look();
    const hanging = await eventually('it hangs', async () => {
      const waits = await record.rows<{ pid: number }>(
        `select pid from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like '%gone_targets%'`,
      );
      return waits[0]?.pid;
    });
    // All of these would wait for ever if it held a lock that they need.
    await finish(open, NOW);
    await runToEnd(randomUUID(), NOW);
    await tellAt(NOW, CancelTask, { executionId: old });
    await record.rows('select pg_terminate_backend($1)', [hanging]);
    await expect(looking).rejects.toThrow('terminat');
    await holder.query('rollback');
    holder.release();
    expect(await count('targets where execution_id = $1', [old])).toBe(100);
    await look();
    expect(await count('targets where execution_id = $1', [old])).toBe(0);
    expect(await record.rows('select state from executions')).toHaveLength(2);
  });

  it('looks again and again, also after it could not', async () => {
    const clock = new ManualClock();
    const warned: string[] = [];
    const warn = (...words: readonly unknown[]): void => void warned.push(String(words.at(-1)));
    const log = { info: () => undefined, warn };
    const retention = new Retention({ ...parts(), clock, log });
    await tellAt(Date.now() - 2 * DAY_MS, CancelTask, { executionId: randomUUID() });
    await record.rows('alter table cancels rename to hidden');
    const stop = new AbortController();
    const running = retention.run(stop.signal);
    await clock.advanceAsync(60_000);
    await eventually('it says so', () => warned.length === 1);
    expect(warned[0]).toContain('trying again in 10 minutes');
    await record.rows('alter table hidden rename to cancels');
    await clock.advanceAsync(600_000);
    await eventually('it went', async () => (await count('cancels')) === 0);
    stop.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
  });

  async function look(
    nowMs = NOW,
    other: Partial<RetentionParts> = {},
    signal = never,
  ): Promise<void> {
    deleted = {};
    await new Retention({ ...parts(), ...other }).look(nowMs, signal);
  }

  function parts(): RetentionParts {
    return { pool, ages: AGES, maxBytes: 0, metrics: metricsInto(deleted), log: silentLog };
  }

  function metricsInto(into: Record<string, number>): RetentionParts['metrics'] {
    const deletedRows = (table: string, rows: number): void => {
      into[table] = (into[table] ?? 0) + rows;
    };
    return { deleted: deletedRows, size: () => undefined };
  }

  async function tellAt<T extends object>(atMs: number, contract: Contract<T>, body: object) {
    const envelope = { messageId: randomUUID() };
    await record.apply(atMs, new RecordInMemory().message(contract, body, envelope));
  }

  async function grant(key: string, atMs: number): Promise<void> {
    await tellAt(atMs, AcquireLease, { key, instanceId: instance(1), requestId: request(1) });
  }

  /** Records an execution whose chunks somebody owns. */
  async function begin(id: string, atMs: number, targets = 2): Promise<void> {
    await tellAt(atMs, RunTask, run(id, hosts(targets), { concurrency: targets }));
    for (let n = 1; n <= Math.ceil(targets / 500); n += 1) await grant(chunkKey(id, n), atMs);
  }

  async function finish(id: string, atMs: number, targets = 2): Promise<void> {
    const names = hosts(targets);
    for (let n = 1; n <= Math.ceil(targets / 500); n += 1) {
      const chunk = names.slice((n - 1) * 500, n * 500);
      const states = Object.fromEntries(chunk.map((name) => [name, 'succeeded' as const]));
      await tellAt(atMs, TargetsChanged, report(chunkKey(id, n), 1, 1, states));
    }
  }

  async function runToEnd(id: string, atMs: number, targets = 2): Promise<void> {
    await begin(id, atMs, targets);
    await finish(id, atMs, targets);
  }

  async function startService(instanceId: string, service: string, atMs: number): Promise<void> {
    const processId = instanceId.slice(0, 36);
    const ssh = { name: 'ssh', description: '', schema: {}, idempotent: true, timeoutMs: 60_000 };
    const plugins = service === 'task-runner' ? [ssh] : [];
    const body = { instanceId, processId, service, version: '1', plugins };
    await tellAt(atMs, ServiceStarted, body);
  }

  async function count(from: string, values: readonly unknown[] = []): Promise<number> {
    const [row] = await record.rows<{ n: number }>(`select count(*) as n from ${from}`, values);
    return row?.n ?? 0;
  }

  async function executions(): Promise<string[]> {
    const rows = await record.rows<{ id: string }>('select id from executions');
    return rows.map(({ id }) => id).toSorted();
  }
});

function run(executionId: string, targets: readonly string[], policy: object = {}) {
  return { executionId, plugin: 'ssh', targets, policy };
}

function stream(streamId: string) {
  return { streamId, url: 'https://edge-01.example.net/logs', format: 'ndjson', index: 'edge' };
}

function checkpoint(seq: number) {
  const counters = { documents: seq, bytes: seq, reconnects: 0, rejected: 0 };
  return { key: STREAM_KEY, epoch: 1, seq, state: 'streaming', counters };
}
