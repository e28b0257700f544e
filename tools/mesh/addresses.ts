import path from 'node:path';
import type { Keeper } from '../keeper/keeper.ts';
import { createDatabase, createSchema, isRefused, withDatabase } from '../servers/database.ts';
import { BrokerUsers } from '../servers/broker-users.ts';
import { Management, managementUrlOf } from '../servers/management.ts';
import { startPostgres } from '../servers/postgres.ts';
import { startRabbitMq } from '../servers/rabbitmq.ts';
import type { Server } from '../servers/server.ts';

const VHOST = 'signalbox';
const DATABASE = 'signalbox';
const SEARCH = 'signalbox_search';
/** Whom the command line talks to a broker of ours as; it may give commands, ask, watch and mend. */
const PERSON = 'maintainer';

/** Where a mesh's services find what they need. */
export interface Addresses {
  /** The broker for people and their programs. */
  readonly amqpUrl: string;
  /** The broker for a service: with the service's own user, or with the one that was given. */
  readonly amqpUrlOf: (service: string) => string;
  /** Known for a broker that was started here, or when RABBITMQ_MANAGEMENT_URL says it. */
  readonly managementUrl?: string;
  readonly databaseUrl: string;
  readonly searchUrl: string;
  /** Those that were started here. */
  readonly servers: readonly Server[];
}

/** The addresses that were given, by the names of their variables; empty text counts as absent. */
export interface Given {
  readonly AMQP_URL?: string;
  readonly RABBITMQ_MANAGEMENT_URL?: string;
  readonly DATABASE_URL?: string;
  readonly SEARCH_URL?: string;
}

/**
 * Uses the servers whose address is given and starts the others, all at once, with data in `dir`.
 * Throws with what to type when a given server lacks something that this user may not create.
 */
export async function provideAddresses(keeper: Keeper, dir: string, given: Given) {
  const [broker, stores] = await Promise.all([
    given.AMQP_URL ? givenBroker(given.AMQP_URL, given) : ownBroker(keeper, dir),
    given.DATABASE_URL ? givenStores(given.DATABASE_URL) : ownStores(keeper, dir),
  ]);
  const addresses: Addresses = {
    ...broker,
    ...stores,
    ...(given.SEARCH_URL && { searchUrl: given.SEARCH_URL }),
    servers: [...broker.servers, ...stores.servers],
  };
  return addresses;
}

async function ownBroker(keeper: Keeper, dir: string) {
  const users = new BrokerUsers(path.join(dir, 'rabbitmq', 'users'), VHOST);
  const server = await startRabbitMq({
    keeper,
    dir: path.join(dir, 'rabbitmq'),
    vhost: VHOST,
    definitions: users.definitions(),
  });
  const amqpUrlOf = (user: string) => users.urlOf(user, server.url);
  return {
    amqpUrl: amqpUrlOf(PERSON),
    amqpUrlOf,
    managementUrl: server.managementUrl,
    servers: [server],
  };
}

async function ownStores(keeper: Keeper, dir: string) {
  const databases = [DATABASE, SEARCH];
  const server = await startPostgres({ keeper, dir: path.join(dir, 'postgres'), databases });
  return {
    databaseUrl: server.url,
    searchUrl: withDatabase(server.url, SEARCH),
    servers: [server],
  };
}

/** A URL that names a virtual host is taken at its word; for others, one of our own is created. */
async function givenBroker(amqpUrl: string, { RABBITMQ_MANAGEMENT_URL: managementUrl }: Given) {
  const url = new URL(amqpUrl);
  if (!['', '/', '/%2f', '/%2F'].includes(url.pathname)) {
    return { amqpUrl, amqpUrlOf: () => amqpUrl, managementUrl, servers: [] };
  }
  url.pathname = `/${VHOST}`;
  const api = managementUrl || managementUrlOf(amqpUrl);
  try {
    await new Management(api).createVhost(VHOST);
  } catch (cause) {
    const user = decodeURIComponent(url.username) || 'guest';
    throw new Error(
      `The virtual host ${VHOST} could not be created on the RabbitMQ of AMQP_URL through its ` +
        `management API (${new URL(api).host}; RABBITMQ_MANAGEMENT_URL says another). Create it there:\n` +
        `  rabbitmqctl add_vhost ${VHOST}\n` +
        `  rabbitmqctl set_permissions -p ${VHOST} ${user} '.*' '.*' '.*'\n` +
        `and name it at the end of the address: AMQP_URL=amqp://…/${VHOST}`,
      { cause },
    );
  }
  return { amqpUrl: url.href, amqpUrlOf: () => url.href, managementUrl: api, servers: [] };
}

/** A URL that names a database is taken at its word; for `postgres`, one of our own is created. */
async function givenStores(url: string) {
  const named = decodeURIComponent(new URL(url).pathname.slice(1));
  const isOurs = named !== '' && named !== 'postgres';
  const databaseUrl = isOurs ? url : withDatabase(url, DATABASE);
  if (!isOurs) {
    await createDatabase(url, DATABASE).catch((cause: unknown) => {
      throw new Error(
        `The database ${DATABASE} could not be created on the PostgreSQL of DATABASE_URL. Create it ` +
          `there (CREATE DATABASE ${DATABASE}), or name another at the end of the address.`,
        { cause },
      );
    });
  }
  return { databaseUrl, searchUrl: await searchBeside(databaseUrl), servers: [] };
}

/** Documents get a database of their own, or a schema where the role may create no database. */
async function searchBeside(databaseUrl: string): Promise<string> {
  try {
    await createDatabase(databaseUrl, SEARCH);
    return withDatabase(databaseUrl, SEARCH);
  } catch (error) {
    if (!isRefused(error)) throw error;
    await createSchema(databaseUrl, SEARCH);
    const url = new URL(databaseUrl);
    url.searchParams.set('options', `-csearch_path=${SEARCH}`);
    return url.href;
  }
}
