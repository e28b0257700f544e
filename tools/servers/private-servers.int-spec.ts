import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { PrivateServers } from '../testing/private-servers.ts';
import type { RabbitMq } from './rabbitmq.ts';
import type { Server } from './server.ts';

jest.setTimeout(180_000);

let servers: PrivateServers;

beforeAll(async () => {
  servers = await PrivateServers.open();
});

afterAll(() => servers.close());

describe('a private RabbitMQ', () => {
  let rabbit: RabbitMq;

  beforeAll(async () => {
    rabbit = await servers.rabbitMq({ vhost: 'ours' });
  });

  it('has the virtual host that was asked for, through a kill and a restart', async () => {
    const { url, pid } = rabbit;
    await expect(rabbit.rabbitmqctl('list_vhosts')).resolves.toMatch(/^ours$/m);
    await rabbit.kill();
    expect(rabbit.pid).toBeUndefined();
    await rabbit.start();
    expect(rabbit.pid).not.toBe(pid);
    expect(rabbit.url).toBe(url);
    await expect(rabbit.rabbitmqctl('list_vhosts')).resolves.toMatch(/^ours$/m);
  });

  it('lets nobody in without its password', async () => {
    const url = new URL(rabbit.managementUrl);
    url.username = '';
    url.password = '';
    const guess = `Basic ${Buffer.from('guest:guest').toString('base64')}`;
    const answer = await fetch(new URL('/api/whoami', url), { headers: { authorization: guess } });
    expect(answer.status).toBe(401);
  });
});

describe('a private PostgreSQL', () => {
  let postgres: Server;

  beforeAll(async () => {
    postgres = await servers.postgres({ databases: ['ours'] });
  });

  async function query(url: string, text: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  it('keeps what was committed through a kill and a restart', async () => {
    await query(postgres.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await postgres.kill();
    await postgres.start();
    await expect(query(postgres.url, 'SELECT n FROM kept')).resolves.toEqual([{ n: 7 }]);
    await postgres.restart();
    await expect(query(postgres.url, 'SELECT n FROM kept')).resolves.toEqual([{ n: 7 }]);
  });

  it('is durable', async () => {
    await expect(query(postgres.url, 'SHOW fsync')).resolves.toEqual([{ fsync: 'on' }]);
  });

  it('lets nobody in without its password', async () => {
    const url = new URL(postgres.url);
    url.password = 'guess';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });
});
