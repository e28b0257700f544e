import path from 'node:path';
import type { Keeper } from '../keeper/keeper.ts';
import { managementUrlOf } from '../servers/management.ts';
import { startOpenSearch } from '../servers/opensearch.ts';
import { startPostgres } from '../servers/postgres.ts';
import { startRabbitMq } from '../servers/rabbitmq.ts';

/**
 * The environment for tests that need servers: those whose address is given are used, the others
 * started, all at once. Only the tests that ask for OpenSearch need it.
 */
export async function serverEnvironment(
  keeper: Keeper,
  dir: string,
  { openSearch }: { openSearch: boolean },
): Promise<NodeJS.ProcessEnv> {
  const { AMQP_URL, RABBITMQ_MANAGEMENT_URL, DATABASE_URL, OPENSEARCH_URL } = process.env;
  const [broker, database, search] = await Promise.all([
    AMQP_URL
      ? { AMQP_URL, RABBITMQ_MANAGEMENT_URL: RABBITMQ_MANAGEMENT_URL || managementUrlOf(AMQP_URL) }
      : startRabbitMq({ keeper, dir: path.join(dir, 'rabbitmq') }).then((server) => ({
          AMQP_URL: server.url,
          RABBITMQ_MANAGEMENT_URL: server.managementUrl,
        })),
    DATABASE_URL ??
      startPostgres({ keeper, dir: path.join(dir, 'postgres') }).then(({ url }) => url),
    openSearch && !OPENSEARCH_URL
      ? startOpenSearch({ keeper, dir: path.join(dir, 'opensearch') }).then((server) => server?.url)
      : OPENSEARCH_URL,
  ]);
  return { ...broker, DATABASE_URL: database, ...(search && { OPENSEARCH_URL: search }) };
}
