import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RunTask } from '#contracts';
import { EXECUTION, chunk, hosts } from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { RecordOnPostgres } from '../../testing/record-on-postgres.js';
import { DueOffers } from './due-offers.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('S3: what is due', () => {
  let record: RecordOnPostgres;
  let due: DueOffers;

  beforeAll(async () => {
    record = await RecordOnPostgres.create();
    due = new DueOffers(record.pool);
  });
  afterAll(() => record.drop());
  beforeEach(async () => {
    await record.clear();
    const body = { executionId: EXECUTION, plugin: 'ssh', targets: hosts(3) };
    const policy = { batches: { sizes: [3] } };
    await record.apply(
      Date.now() - 1_000,
      new RecordInMemory().message(RunTask, { ...body, policy }, { traceparent: TRACEPARENT }),
    );
  });

  const offer = { key: chunk(1), epoch: 1 };
  const isDue = async () => {
    const [lease] = await record.rows<{ due: boolean }>(
      'select due_at is not null as due from leases',
    );
    return lease?.due;
  };

  it('is taken by one dispatcher at a time', async () => {
    const taken = await Promise.all([due.take(10), due.take(10), due.take(10)]);
    expect(taken.flat()).toEqual([{ ...offer, traceparent: TRACEPARENT }]);
  });

  it('is due no more once it was offered', async () => {
    await due.take(10);
    await due.offered([offer]);
    expect(await isDue()).toBe(false);
  });

  it('is taken by another one when the first died with it', async () => {
    await due.take(10);
    expect(await due.take(10)).toEqual([]);
    await record.rows(`update leases set due_at = due_at - interval '5 seconds'`);
    expect(await due.take(10)).toMatchObject([offer]);
  });

  it('stays due when the epoch has changed meanwhile', async () => {
    await due.take(10);
    await record.rows('update leases set epoch = 2');
    await due.offered([offer]);
    expect(await isDue()).toBe(true);
  });

  it('never waits for the writer', async () => {
    const client = await record.pool.connect();
    try {
      await client.query('begin');
      await client.query('select * from leases for update');
      expect(await due.take(10)).toEqual([]);
      await due.offered([offer]);
      await client.query('rollback');
    } finally {
      client.release();
    }
    expect(await isDue()).toBe(true);
  });
});
