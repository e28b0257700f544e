import type { PoolClient, QueryConfig, QueryResultRow } from 'pg';

/** A prepared statement with its values. */
export type Statement = QueryConfig & { readonly name?: string };

/**
 * Sends statements to one connection without waiting in between, and waits for all of them: one round trip. The first failure is
 * thrown once every one of them has ended, so the connection is free again.
 */
export async function flight(
  client: PoolClient,
  statements: readonly Statement[],
): Promise<QueryResultRow[][]> {
  const answers = await Promise.allSettled(
    statements.map((statement) => client.query<QueryResultRow>(statement)),
  );
  return answers.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value.rows;
  });
}
