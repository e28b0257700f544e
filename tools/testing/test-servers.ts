import path from 'node:path';
import type { ServerName } from '../bench/definition.ts';
import type { Keeper } from '../keeper/keeper.ts';
import { managementUrlOf } from '../servers/management.ts';
import { startOpenSearch } from '../servers/opensearch.ts';
import { startPostgres } from '../servers/postgres.ts';
import { startRabbitMq } from '../servers/rabbitmq.ts';

/**
 * The environment for tests that need servers: those whose address is given are used, the others
 * started, all at once, with their data in `dir`. Without OPENSEARCH_URL when this machine can run none.
 */
export async function serverEnvironment(
  keeper: Keeper,
  dir: string,
  needs: ReadonlySet<ServerName>,
): Promise<NodeJS.ProcessEnv> {
  const parts = await Promise.all([
    needs.has('rabbitmq') && broker(keeper, path.join(dir, 'rabbitmq')),
    needs.has('postgres') && database(keeper, path.join(dir, 'postgres')),
    needs.has('opensearch') && search(keeper, path.join(dir, 'opensearch')),
  ]);
  return Object.assign({}, ...parts) as NodeJS.ProcessEnv;
}

async function broker(keeper: Keeper, dir: string): Promise<NodeJS.ProcessEnv> {
  const { AMQP_URL, RABBITMQ_MANAGEMENT_URL } = process.env;
  if (AMQP_URL) {
    const managementUrl = RABBITMQ_MANAGEMENT_URL || managementUrlOf(AMQP_URL);
    return { AMQP_URL, RABBITMQ_MANAGEMENT_URL: managementUrl };
  }
  const { url, managementUrl } = await startRabbitMq({ keeper, dir });
  return { AMQP_URL: url, RABBITMQ_MANAGEMENT_URL: managementUrl };
}

async function database(keeper: Keeper, dir: string): Promise<NodeJS.ProcessEnv> {
  const { DATABASE_URL } = process.env;
  return { DATABASE_URL: DATABASE_URL || (await startPostgres({ keeper, dir })).url };
}

async function search(keeper: Keeper, dir: string): Promise<NodeJS.ProcessEnv> {
  const { OPENSEARCH_URL } = process.env;
  const url = OPENSEARCH_URL || (await startOpenSearch({ keeper, dir }))?.url;
  return url === undefined ? {} : { OPENSEARCH_URL: url };
}
