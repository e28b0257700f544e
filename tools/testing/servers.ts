import { randomUUID } from 'node:crypto';
import { createDatabase, dropDatabase, withDatabase } from '../servers/database.ts';
import { Management } from '../servers/management.ts';

/** A virtual host of its own on the tests' RabbitMQ. */
export interface FreshBroker {
  readonly amqpUrl: string;
  /** With user and password; for the whole broker, not only this virtual host. */
  readonly managementUrl: string;
  readonly vhost: string;
  /** Deletes it with every queue and connection in it. Harmless when called again. */
  drop(): Promise<void>;
}

/** A database of its own on the tests' PostgreSQL. */
export interface FreshDatabase {
  readonly databaseUrl: string;
  /** Drops it with every connection to it. Harmless when called again. */
  drop(): Promise<void>;
}

/** Creates a virtual host that no other test knows. Needs AMQP_URL and RABBITMQ_MANAGEMENT_URL. */
export async function freshBroker(): Promise<FreshBroker> {
  const managementUrl = fromEnvironment('RABBITMQ_MANAGEMENT_URL');
  const url = new URL(fromEnvironment('AMQP_URL'));
  const vhost = `test-${randomUUID()}`;
  const management = new Management(managementUrl);
  await management.createVhost(vhost);
  url.pathname = `/${vhost}`;
  return {
    amqpUrl: url.href,
    managementUrl,
    vhost,
    drop: () => management.deleteVhost(vhost),
  };
}

/** Creates an empty database that no other test knows. Needs DATABASE_URL. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const url = fromEnvironment('DATABASE_URL');
  const name = `test_${randomUUID().replaceAll('-', '_')}`;
  await createDatabase(url, name);
  return { databaseUrl: withDatabase(url, name), drop: () => dropDatabase(url, name) };
}

/** Where OpenSearch is; undefined when this machine cannot run one. */
export function openSearchUrl(): string | undefined {
  return process.env.OPENSEARCH_URL;
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set. \`npm test -- <path>\` starts the servers and sets it.`);
  }
  return value;
}
