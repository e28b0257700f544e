import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AcquireLease,
  CancelTask,
  IndexBlocked,
  IndexChanged,
  IndexUnblocked,
  LeaseExpired,
  LeaseReleased,
  RunTask,
  ServiceStarted,
  ServiceStopped,
  StatusTick,
  TargetsChanged,
} from '#contracts';
import { EXECUTION, chunk, hosts, instance, report, request } from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { RecordOnPostgres } from '../../testing/record-on-postgres.js';
import { Kysely, PostgresDialect } from 'kysely';
import { writerPool } from './connection.js';
import type { Tables } from './tables.js';
import { Needs } from '../record/needs.js';
import { TakenOverError } from './record-store.js';
import { migrate } from './migrate.js';

const NOW = 1_764_000_000_000;
const messages = new RecordInMemory();
const say = messages.message.bind(messages);

describe('the record in PostgreSQL', () => {
  let record: RecordOnPostgres;

  beforeAll(async () => {
    record = await RecordOnPostgres.create();
  });
  afterAll(() => record.drop());
  beforeEach(() => record.clear());

  const run = (targets: readonly string[], policy: object = {}) =>
    say(RunTask, { executionId: EXECUTION, plugin: 'ssh', targets, policy });
  const acquire = (n: number, requestNumber = 1) =>
    say(AcquireLease, {
      key: chunk(n),
      instanceId: instance(1),
      requestId: request(requestNumber),
    });
  const states = () =>
    record.rows<{ name: string; state: string; code: string | null }>(
      'select name, state, code from target_states order by ordinal',
    );

  it('is migrated once, however many start at the same time', async () => {
    await Promise.all([migrate(record.db), migrate(record.db), migrate(record.db)]);
    expect(await record.rows('select count(*) as writers from writer')).toEqual([{ writers: 1 }]);
  });

  it('keeps what a later batch needs', async () => {
    await record.apply(NOW, run(hosts(3), { maxFailures: 1 }));
    await record.apply(NOW + 5, acquire(1));
    await record.apply(
      NOW + 10,
      say(TargetsChanged, report(chunk(1), 1, 1, { 'host-1': 'started', 'host-2': 'started' })),
      say(TargetsChanged, report(chunk(1), 1, 2, { 'host-1': 'failed' })),
    );
    const set = await record.apply(NOW + 15, acquire(1));
    expect(set.effects.replies).toMatchObject([
      {
        body: {
          epoch: 1,
          chunk: {
            concurrency: 3,
            failuresLeft: 0,
            known: [
              { target: 'host-1', attempt: 1, outcome: 'failed' },
              { target: 'host-2', attempt: 1, started: true },
              { target: 'host-3', attempt: 0, started: false },
            ],
          },
        },
      },
    ]);
    expect(await states()).toEqual([
      { name: 'host-1', state: 'failed', code: null },
      { name: 'host-2', state: 'started', code: null },
      { name: 'host-3', state: 'waiting', code: null },
    ]);
  });

  it('shows the outcomes of targets that status ended, without having written them', async () => {
    await record.apply(NOW, run(hosts(502), { concurrency: 1 }));
    await record.apply(NOW, acquire(1));
    await record.apply(
      NOW,
      say(TargetsChanged, report(chunk(1), 1, 1, { 'host-1': 'succeeded', 'host-2': 'started' })),
    );
    const cancelled = { state: 'cancelled', code: 'cancelled' };
    await record.apply(NOW, say(CancelTask, { executionId: EXECUTION }));
    expect((await states()).slice(500)).toEqual([
      { name: 'host-501', ...cancelled },
      { name: 'host-502', ...cancelled },
    ]);
    await record.apply(
      NOW,
      say(LeaseReleased, { key: chunk(1), epoch: 1, instanceId: instance(1), interrupted: [] }),
    );
    expect((await states()).slice(0, 3)).toEqual([
      { name: 'host-1', state: 'succeeded', code: null },
      { name: 'host-2', ...cancelled },
      { name: 'host-3', ...cancelled },
    ]);
  });

  it('shows a target that ran under too many failures as lost, and the others as skipped', async () => {
    await record.apply(NOW, run(hosts(3), { maxFailures: 0 }));
    await record.apply(NOW, acquire(1));
    await record.apply(
      NOW,
      say(TargetsChanged, report(chunk(1), 1, 1, { 'host-1': 'started' })),
      say(TargetsChanged, report(chunk(1), 1, 2, { 'host-2': 'failed' })),
      say(LeaseReleased, {
        key: chunk(1),
        epoch: 1,
        instanceId: instance(1),
        interrupted: ['host-1'],
      }),
    );
    expect(await states()).toEqual([
      { name: 'host-1', state: 'lost', code: 'owner-lost' },
      { name: 'host-2', state: 'failed', code: null },
      { name: 'host-3', state: 'skipped', code: 'max-failures' },
    ]);
  });

  it('records a redelivered batch once', async () => {
    await record.apply(NOW, run(hosts(2)));
    await record.apply(NOW, acquire(1));
    const batch = [
      say(TargetsChanged, report(chunk(1), 1, 1, { 'host-1': 'started' })),
      say(TargetsChanged, report(chunk(1), 1, 2, { 'host-1': 'succeeded' })),
      say(RunTask, { executionId: EXECUTION, plugin: 'ssh', targets: hosts(2) }),
    ];
    for (const time of [1, 2]) await record.apply(NOW + time, ...batch);
    expect(await record.rows('select succeeded, failed from executions')).toEqual([
      { succeeded: 1, failed: 0 },
    ]);
    expect(await record.rows('select seq from events order by seq')).toEqual([
      { seq: 1 },
      { seq: 2 },
    ]);
    expect(await record.rows('select result from commands order by number')).toEqual([
      { result: 'accepted' },
      { result: 'repeated' },
    ]);
  });

  it('grants all of a chunk whose owner goes in the same batch (S4, S7)', async () => {
    await record.apply(NOW, run(hosts(2)));
    await record.apply(NOW, acquire(1));
    const gone = { key: chunk(1), epoch: 1, instanceId: instance(1) };
    const next = { key: chunk(1), instanceId: instance(2), requestId: request(2) };
    const { effects } = await record.apply(NOW, say(LeaseExpired, gone), say(AcquireLease, next));
    expect(effects.replies).toMatchObject([
      { body: { epoch: 2, chunk: { known: [{ target: 'host-1' }, { target: 'host-2' }] } } },
    ]);
  });

  it('writes nothing of a batch that fails', async () => {
    await expect(
      record.store.transact(await term(), new Needs(), NOW, () => {
        throw new Error('a defect');
      }),
    ).rejects.toThrow('a defect');
    await record.apply(NOW, run(hosts(1)));
    expect(await record.rows('select count(*) as executions from executions')).toEqual([
      { executions: 1 },
    ]);
  });

  it('refuses a writer whose term is over, and nothing of its batch is written', async () => {
    await record.apply(NOW, run(hosts(1)));
    const old = await term();
    const newest = await record.store.raiseTerm();
    const late = record.store.transact(old, new Needs(), NOW, () => undefined);
    await expect(late).rejects.toEqual(new TakenOverError(old, newest));
  });

  it('makes a taking over writer wait for the transaction that is under way', async () => {
    const order: string[] = [];
    const current = await record.store.raiseTerm();
    let raised: Promise<unknown> | undefined;
    await record.store.transact(current, new Needs(), NOW, () => {
      raised = record.store.raiseTerm().then(() => order.push('raised'));
      order.push('decided');
    });
    order.push('committed');
    await raised;
    expect(order).toEqual(['decided', 'committed', 'raised']);
  });

  it('leaves the word about due to the dispatcher unless a batch changes it', async () => {
    await record.apply(NOW, run(hosts(2)));
    await record.rows('update leases set due_at = null, offered_at = now()');
    await record.apply(NOW, say(TargetsChanged, report(chunk(1), 1, 1, { 'host-1': 'failed' })));
    expect(await record.rows('select due_at from leases')).toEqual([{ due_at: null }]);
    await record.apply(NOW, acquire(1));
    await record.apply(
      NOW,
      say(LeaseReleased, { key: chunk(1), epoch: 1, instanceId: instance(1), interrupted: [] }),
    );
    expect(await record.rows('select due_at is not null as due, epoch from leases')).toEqual([
      { due: true, epoch: 2 },
    ]);
  });

  it('finds overdue executions and offers when a tick asks', async () => {
    const processId = instance(1).slice(0, 36);
    await record.apply(NOW, run(hosts(1), { startWithinMs: 1_000 }));
    await record.rows(
      `update leases set due_at = null, offered_at = to_timestamp($1::float8 / 1000)`,
      [NOW - 600_000],
    );
    const early = await record.apply(NOW, say(StatusTick, { processId, at: NOW + 999 }));
    expect([...early.changes.due].map(({ key }) => key)).toEqual([chunk(1)]);
    await record.apply(NOW, say(StatusTick, { processId, at: NOW + 1_000 }));
    expect(await states()).toEqual([{ name: 'host-1', state: 'skipped', code: 'expired' }]);
    expect(await record.rows('select clock from writer')).toEqual([{ clock: NOW + 1_000 }]);
  });

  it('stores the output of any program, whatever characters it holds', async () => {
    await record.apply(NOW, run(hosts(1)));
    await record.apply(NOW, acquire(1));
    const tail = 'nul \0, half a pair \ud83d, a backslash \\u0000, and 🚦';
    const changes = [
      {
        target: 'host-1',
        state: 'succeeded',
        attempt: 1,
        output: { tail, bytes: 60, truncated: false },
      },
    ];
    await record.apply(NOW, say(TargetsChanged, { key: chunk(1), epoch: 1, seq: 1, changes }));
    expect(await record.rows('select output_tail from target_states')).toEqual([
      { output_tail: 'nul \uFFFD, half a pair \uFFFD, a backslash \\u0000, and 🚦' },
    ]);
  });

  it('knows instances until they end or their process goes on as another', async () => {
    const started = (n: number) =>
      say(ServiceStarted, {
        instanceId: instance(1, n),
        processId: instance(1).slice(0, 36),
        service: 'task-runner',
        version: '0.1.0',
        plugins: [{ name: 'ssh', description: '', schema: {}, idempotent: true, timeoutMs: 1 }],
      });
    await record.apply(NOW, started(1));
    const known = await record.apply(NOW, started(2), started(1));
    expect(known.runners.get(instance(1))).toMatchObject({ plugins: ['ssh'] });
    const live = 'select instance_id from services where gone_at is null';
    expect(await record.rows(live)).toEqual([{ instance_id: instance(1, 2) }]);
    await record.apply(NOW, say(ServiceStopped, { instanceId: instance(1, 2), reason: 'SIGTERM' }));
    expect(await record.rows(live)).toEqual([]);
  });

  it('keeps the newest counters and the newest block of an index', async () => {
    const about = { index: 'edge', instanceId: instance(1) };
    const counted = (seq: number, written: number) =>
      say(IndexChanged, { ...about, seq, written, duplicates: 0, rejected: 0, parked: 0 });
    const block = { ...about, reason: 'disk full', since: NOW };
    await record.apply(
      NOW,
      counted(1, 10),
      say(IndexBlocked, { ...block, seq: 2 }),
      counted(4, 30),
    );
    await record.apply(NOW, counted(3, 20));
    const select = 'select written, blocked_reason from indexes';
    expect(await record.rows(select)).toEqual([{ written: 30, blocked_reason: 'disk full' }]);
    await record.apply(NOW, say(IndexUnblocked, { ...block, seq: 5 }));
    expect(await record.rows(select)).toEqual([{ written: 30, blocked_reason: null }]);
  });

  async function term(): Promise<number> {
    const [writer] = await record.rows<{ term: number }>('select term from writer');
    return writer?.term ?? 0;
  }
});

describe('a database that others use too', () => {
  it('is used in the schema that the URL names', async () => {
    const record = await RecordOnPostgres.create();
    try {
      await record.rows('create schema signalbox');
      const url = `${record.databaseUrl}?options=-c%20search_path%3Dsignalbox`;
      const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: writerPool(url) }) });
      await migrate(db);
      await db.destroy();
      expect(
        await record.rows(
          `select table_schema from information_schema.tables where table_name = 'writer'`,
        ),
      ).toEqual([{ table_schema: 'public' }, { table_schema: 'signalbox' }]);
    } finally {
      await record.drop();
    }
  });
});
