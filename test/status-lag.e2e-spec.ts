import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { CancelTask, checkMessage } from '#contracts';
import { Broker } from '#broker';
import { silentLog } from '#runtime';
import { eventually } from '../tools/testing/eventually.ts';
import { PrivateServers } from '../tools/testing/private-servers.ts';
import { freshBroker, type FreshBroker } from '../tools/testing/servers.ts';
import { ServiceProcess, type Readiness } from '../tools/testing/service-process.ts';
import type { Server } from '../tools/servers/server.ts';

jest.setTimeout(120_000);

const PATIENCE_MS = 60_000;

describe('while the record is behind', () => {
  let servers: PrivateServers;
  let postgres: Server;
  let rabbit: FreshBroker;
  let pool: pg.Pool;
  let broker: Broker;
  let status: ServiceProcess;

  beforeEach(async () => {
    servers = await PrivateServers.open();
    [postgres, rabbit] = await Promise.all([servers.postgres(), freshBroker()]);
    status = new ServiceProcess('status', {
      AMQP_URL: rabbit.amqpUrl,
      DATABASE_URL: postgres.url,
    });
    pool = new pg.Pool({ connectionString: postgres.url, max: 1 });
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    const processId = randomUUID();
    broker = new Broker({ url: rabbit.amqpUrl, service: 'cli', processId, log: silentLog });
    broker.start();
    await status.ready();
    await eventually('the record is up to date', async () => (await lag()) < 1);
    await untilReady();
  });

  afterEach(async () => {
    await status.kill();
    await broker.close();
    await pool.end();
    await rabbit.drop();
    await servers.close();
  });

  it('the lag is told, and status is ready as long as it gets on, however slowly', async () => {
    await pool.query(`
      create function slow() returns trigger language plpgsql as $$ begin
        perform pg_sleep(0.01);
        return new;
      end $$;
      create trigger slow before insert on commands for each row execute function slow();`);
    const cancels = Array.from({ length: 800 }, () =>
      checkMessage(CancelTask, { executionId: randomUUID() }),
    );
    await Promise.all(cancels.map((cancel) => broker.publisher.publish(CancelTask, cancel)));
    await eventually('it is behind', async () => (await lag()) > 1);
    expect(await status.readiness()).toEqual({ status: 200, reasons: {} });
    await eventually('it has caught up', async () => (await lag()) < 1, PATIENCE_MS);
  });

  it('the lag grows, and ready says so, when the record stands still', async () => {
    const holder = await pool.connect();
    await holder.query('begin');
    await holder.query('select from writer for update');
    const { reasons } = await untilNotReady();
    expect(reasons).toEqual({ record: expect.stringMatching(/^the record stands still: /) });
    expect(await lag()).toBeGreaterThan(8);
    await holder.query('rollback');
    holder.release();
    await untilReady();
    await eventually('it has caught up', async () => (await lag()) < 1);
  });

  it('the lag grows, and ready says what is missing, when PostgreSQL is down', async () => {
    await postgres.kill();
    // Whoever asks PostgreSQL first says so first.
    const consumers = await eventually(
      'its consumer says why it waits',
      async () => (await status.readiness()).reasons.consumers,
    );
    expect(consumers).toMatch(/queue status\.record: PostgreSQL /);
    await eventually('it is behind', async () => (await lag()) > 3);
    await postgres.start();
    await untilReady();
    await eventually('it has caught up', async () => (await lag()) < 1);
  });

  const lag = () => status.metric('signalbox_record_lag_seconds');

  async function untilNotReady(): Promise<Readiness> {
    return eventually(
      'not ready',
      async () => {
        const now = await status.readiness();
        return now.status === 503 && now;
      },
      PATIENCE_MS,
    );
  }

  async function untilReady(): Promise<void> {
    const isReady = async () => (await status.readiness()).status === 200;
    await eventually('ready again', isReady, PATIENCE_MS);
  }
});
