import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { Keeper } from '../keeper/keeper.ts';
import {
  freshBroker,
  freshDatabase,
  type FreshBroker,
  type FreshDatabase,
} from '../testing/servers.ts';
import { provideAddresses, type Given } from './addresses.ts';

let folder: string;
let keeper: Keeper;
let broker: FreshBroker;
let database: FreshDatabase;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'signalbox-addresses-'));
  [keeper, broker, database] = await Promise.all([
    Keeper.start(folder),
    freshBroker(),
    freshDatabase(),
  ]);
});

afterAll(async () => {
  await Promise.all([keeper.stop(), broker.drop(), database.drop()]);
  rmSync(folder, { recursive: true, force: true });
});

/** The addresses with a broker and a PostgreSQL given, so that nothing has to be started. */
function provide(given: Given) {
  const both = { AMQP_URL: broker.amqpUrl, DATABASE_URL: database.databaseUrl, ...given };
  return provideAddresses(keeper, folder, both);
}

async function ask(url: string, text: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

describe('the addresses that were given', () => {
  it('are taken at their word when they name a virtual host and a database', async () => {
    const given = await provide({ SEARCH_URL: 'http://search:9200' });
    const { amqpUrl, amqpUrlOf, databaseUrl, servers } = given;
    expect([amqpUrl, amqpUrlOf('status')]).toEqual([broker.amqpUrl, broker.amqpUrl]);
    expect(databaseUrl).toBe(database.databaseUrl);
    expect(servers).toEqual([]);
  });

  it('win over what would be chosen for the documents', async () => {
    const { searchUrl } = await provide({ SEARCH_URL: 'http://search:9200' });
    expect(searchUrl).toBe('http://search:9200');
  });

  it('get a virtual host of ours when they name none', async () => {
    const url = new URL(broker.amqpUrl);
    url.pathname = '/';
    const { amqpUrl } = await provide({
      AMQP_URL: url.href,
      RABBITMQ_MANAGEMENT_URL: broker.managementUrl,
    });
    expect(new URL(amqpUrl).pathname).toBe('/signalbox');
  });

  it('are refused with what to type when the virtual host cannot be created', async () => {
    await expect(
      provide({
        AMQP_URL: 'amqp://me:secret@127.0.0.1:5672',
        RABBITMQ_MANAGEMENT_URL: 'http://me:secret@127.0.0.1:1',
      }),
    ).rejects.toThrow(/add_vhost signalbox\n.*set_permissions -p signalbox me/);
  });

  it('get a database of ours when they name only the usual one', async () => {
    const url = new URL(database.databaseUrl);
    url.pathname = '/postgres';
    const { databaseUrl, searchUrl } = await provide({ DATABASE_URL: url.href });
    expect(await ask(databaseUrl, 'SELECT current_database()')).toEqual([['signalbox']]);
    expect(await ask(searchUrl, 'SELECT current_database()')).toEqual([['signalbox_search']]);
  });

  it('hold the documents in a schema when the role may create no database', async () => {
    const role = `test_${randomUUID().replaceAll('-', '_')}`;
    const url = new URL(database.databaseUrl);
    await ask(url.href, `CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    await ask(url.href, `GRANT CREATE ON DATABASE "${url.pathname.slice(1)}" TO ${role}`);
    url.username = role;
    url.password = 'x';
    try {
      // The name is free on a server that has never had a mesh; there, the role is refused too.
      const { searchUrl } = await provide({ DATABASE_URL: url.href });
      expect(await ask(searchUrl, 'SHOW search_path')).toEqual([['signalbox_search']]);
    } finally {
      await ask(database.databaseUrl, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
