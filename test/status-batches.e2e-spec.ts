import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { RunTask, checkMessage } from '#contracts';
import { Broker } from '#broker';
import { silentLog } from '#runtime';
import { eventually } from '../tools/testing/eventually.ts';
import {
  freshBroker,
  freshDatabase,
  type FreshBroker,
  type FreshDatabase,
} from '../tools/testing/servers.ts';
import { ServiceProcess } from '../tools/testing/service-process.ts';

jest.setTimeout(90_000);

const QUEUE = 'status.record';
/** Several batches: one takes at most 500. */
const COMMANDS = 1_200;
/** In the middle of one that is not the first. */
const BROKEN_AT = 700;
const TIMES = 3;

/** What goes wrong in the middle of a transaction, once its first rows are inserted. */
const TROUBLES = [
  ['its connection dies', `perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(10);`],
  ['the disk is full', `raise exception 'no space left on device' using errcode = '53100';`],
  ['PostgreSQL shuts down', `raise exception 'shutting down' using errcode = '57P01';`],
] as const;

describe('S1: a batch that fails', () => {
  let rabbit: FreshBroker;
  let database: FreshDatabase;
  let pool: pg.Pool;
  let broker: Broker;
  let ids: string[];
  const services: ServiceProcess[] = [];

  beforeEach(async () => {
    [rabbit, database] = await Promise.all([freshBroker(), freshDatabase()]);
    pool = new pg.Pool({ connectionString: database.databaseUrl, max: 1 });
    broker = new Broker({
      url: rabbit.amqpUrl,
      service: 'cli',
      processId: randomUUID(),
      log: silentLog,
    });
    broker.start();
    // It makes the tables and the queue; then commands gather in it, in a known order.
    await (await startStatus()).stop();
    ids = Array.from({ length: COMMANDS }, () => randomUUID());
    await Promise.all(
      ids.map((executionId) =>
        broker.publisher.publish(
          RunTask,
          checkMessage(RunTask, { executionId, plugin: 'ssh', targets: ['host-1'] }),
        ),
      ),
    );
  });

  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.kill()));
    await broker.close();
    await pool.end();
    await Promise.all([rabbit.drop(), database.drop()]);
  });

  it.each(TROUBLES)('comes again whole and in order when %s', async (_, trouble) => {
    await breakTransactions(trouble, TIMES);
    await startStatus();
    await eventually('all is recorded', async () => (await recorded()).length >= COMMANDS, 60_000);
    expect(await recorded()).toEqual(ids);
    expect(await attempts()).toBe(TIMES + 1);
    const { rows } = await pool.query(
      `select count(*)::int as executions, sum(total)::int as targets from executions`,
    );
    expect(rows).toEqual([{ executions: COMMANDS, targets: COMMANDS }]);
  });

  it.each(TROUBLES)('is not acknowledged in part when %s, however often', async (_, trouble) => {
    await breakTransactions(trouble, 1_000);
    const service = await startStatus();
    await eventually('it broke again', async () => (await attempts()) >= TIMES, 30_000);
    await service.kill();
    const before = await recorded();
    const left = await leftInQueue();
    // All before the batch is recorded, all of the batch and behind it is there, in order: nothing is in both, or in neither.
    expect([...before, ...left]).toEqual(ids);
    expect(before.length).toBeLessThan(BROKEN_AT);
  });

  async function startStatus(): Promise<ServiceProcess> {
    const env = { AMQP_URL: rabbit.amqpUrl, DATABASE_URL: database.databaseUrl };
    const service = new ServiceProcess('status', env);
    services.push(service);
    await service.ready();
    return service;
  }

  /** Every transaction that records a certain command meets this trouble in its middle, so many times. */
  async function breakTransactions(trouble: string, times: number): Promise<void> {
    await pool.query(`
      create sequence breaks;
      create function break() returns trigger language plpgsql as $$ begin
        if nextval('breaks') <= ${times} then ${trouble} end if;
        return new;
      end $$;
      create trigger breaks before insert on commands for each row
        when (new.subject = '${ids[BROKEN_AT]}') execute function break();`);
  }

  /** How often it was tried to record that command. */
  async function attempts(): Promise<number> {
    const { rows } = await pool.query<{ count: number }>(
      'select case when is_called then last_value::int else 0 end as count from breaks',
    );
    return rows[0]?.count ?? 0;
  }

  /** The executions whose commands are recorded, in the order in which that was done. */
  async function recorded(): Promise<string[]> {
    const { rows } = await pool.query<{ subject: string }>(
      'select subject from commands order by number',
    );
    return rows.map(({ subject }) => subject);
  }

  /** The executions whose commands wait in the queue, in its order; the last command is among them. */
  async function leftInQueue(): Promise<string[]> {
    const channel = await broker.openChannel('consume');
    const left: string[] = [];
    await channel.consume(QUEUE, ({ content, properties }) => {
      if (properties.type !== 'task.run') return;
      left.push((JSON.parse(content.toString()) as RunTask).executionId);
    });
    await eventually('the queue is read to its end', () => left.at(-1) === ids.at(-1), 30_000);
    return left;
  }
});
