import type { Pool, PoolClient } from 'pg';

/**
 * Lends a connection of the pool to `work`, which begins a transaction on it and commits. What `work` leaves open when it throws is rolled
 * back; a connection that cannot even do that is not used again. Throws what `work` throws, or why there is no connection.
 */
export async function transaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return await work(client);
  } catch (error) {
    broken = await rollback(client);
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Ends the transaction; returns why the connection cannot be used again, if it cannot. */
async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
