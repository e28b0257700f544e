import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AddTargets,
  DependencyUnavailableError,
  RunTask,
  StatusTick,
  TargetsChanged,
} from '#contracts';
import { MetricsRegistry, silentLog } from '#runtime';
import { EXECUTION, chunk, hosts, instance, report } from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { RecordOnPostgres } from '../../testing/record-on-postgres.js';
import type { RecordMessage } from '../record/message.js';
import type { WorkingSet } from '../record/working-set.js';
import { RecordStore } from '../storage/record-store.js';
import { writerPool } from '../storage/connection.js';
import { RecordWriter, type TellOutside } from './record-writer.js';
import { WriterMetrics } from './writer-metrics.js';

const messages = new RecordInMemory();
const say = messages.message.bind(messages);
const run = () => say(RunTask, { executionId: EXECUTION, plugin: 'ssh', targets: hosts(2) });
const tick = (at: number) => say(StatusTick, { processId: instance(1).slice(0, 36), at });
/** A message that no transition can make anything of. */
const defective: RecordMessage = {
  type: 'lease.resume',
  messageId: 'defective',
  redelivered: false,
  body: {},
};

describe('S1: the writer of the record', () => {
  let record: RecordOnPostgres;
  let told: WorkingSet[];

  beforeAll(async () => {
    record = await RecordOnPostgres.create();
  });
  afterAll(() => record.drop());
  beforeEach(async () => {
    await record.clear();
    told = [];
  });

  function writer(store: RecordStore = record.store, tell?: TellOutside): RecordWriter {
    return new RecordWriter({
      store,
      tell: tell ?? ((committed) => Promise.resolve(void told.push(committed))),
      metrics: new WriterMetrics(new MetricsRegistry()),
      log: silentLog,
      requireUser: false,
    });
  }

  const executions = () => record.rows('select id from executions');

  it('tells the outside after the commit, and not before', async () => {
    let seen: unknown[] = [];
    const writing = writer(record.store, async () => {
      seen = await executions();
    });
    await writing.write([run()]);
    expect(seen).toHaveLength(1);
  });

  it('records all but the message that can never be recorded', async () => {
    const refused = await writer().write([tick(1_000), defective, run()]);
    expect([...refused.keys()]).toEqual([defective]);
    expect(refused.get(defective)).toBeInstanceOf(TypeError);
    expect(await executions()).toHaveLength(1);
    expect(told).toHaveLength(2);
  });

  it('gives the batch back when another one has taken over, and is the writer again afterwards', async () => {
    const first = writer();
    const second = writer();
    await first.write([tick(1_000)]);
    await second.write([tick(2_000)]);
    await expect(first.write([run()])).rejects.toThrow(DependencyUnavailableError);
    expect(await executions()).toHaveLength(0);
    await first.write([run()]);
    expect(await executions()).toHaveLength(1);
    await expect(second.write([tick(3_000)])).rejects.toThrow('another status took over');
  });

  it('gives the batch back when PostgreSQL is not there', async () => {
    const pool = writerPool('postgres://nobody@127.0.0.1:1/nowhere');
    const writing = writer(new RecordStore(pool)).write([tick(1_000)]);
    await expect(writing).rejects.toThrow('PostgreSQL cannot record');
    await pool.end();
  });

  it('gives the batch back when what it owes cannot be told; told again, it is the same', async () => {
    let broker = 'down';
    const replies: number[] = [];
    const writing = writer(record.store, (committed) => {
      if (broker === 'down') return Promise.reject(new DependencyUnavailableError('no broker'));
      return Promise.resolve(void replies.push(committed.effects.replies.length));
    });
    const command = run();
    await expect(writing.write([command])).rejects.toThrow('no broker');
    broker = 'up';
    await writing.write([{ ...command, redelivered: true }]);
    expect(replies).toEqual([1]);
    expect(await executions()).toHaveLength(1);
  });

  it('runs an execution whose targets came in pages, though all of it came in one batch', async () => {
    const writing = writer();
    const names = hosts(700);
    const pages = [names.slice(0, 500), names.slice(500)].map((targets, at) =>
      say(AddTargets, { executionId: EXECUTION, page: at + 1, targets }),
    );
    const sha256 = createHash('sha256').update(names.join('\n')).digest('hex');
    const targets = { pages: 2, count: 700, sha256 };
    const command = say(RunTask, { executionId: EXECUTION, plugin: 'ssh', targets });
    await writing.write([...pages.toReversed(), command]);
    const rows = await record.rows<{ name: string }>('select name from targets order by ordinal');
    expect(rows.map(({ name }) => name)).toEqual(names);
    expect(await record.rows('select outcome, total from executions')).toEqual([
      { outcome: null, total: 700 },
    ]);
    expect(await record.rows('select page from target_pages')).toEqual([]);
    await writing.write([command, ...pages]);
    expect(await record.rows('select page from target_pages')).toEqual([]);
  });

  it('applies the events of a batch before all else', async () => {
    const writing = writer();
    await writing.write([run()]);
    await writing.write([
      tick(1_000),
      say(TargetsChanged, report(chunk(1), 1, 1, { 'host-1': 'succeeded' })),
      say(TargetsChanged, report(chunk(1), 1, 2, { 'host-2': 'succeeded' })),
    ]);
    expect(await record.rows('select outcome from executions')).toEqual([{ outcome: 'succeeded' }]);
  });
});
