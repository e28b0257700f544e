import type { Pool } from 'pg';

/** Tables whose rows come with use. */
const TABLES = [
  'executions',
  'targets',
  'leases',
  'target_pages',
  'streams',
  'events',
  'commands',
] as const;

/** How many pages of a table are looked at: 4 MB. A table that is no larger is counted exactly. */
const SAMPLED_PAGES = 500;

const PAGE_BYTES = 8_192;

/**
 * About how many bytes the rows of the record take, to a few percent: without indexes, and without the room that deleted rows leave in the
 * files, which PostgreSQL fills again but does not give back. Reads a bounded number of pages, however large the record is.
 */
export async function recordBytes(pool: Pick<Pool, 'query'>): Promise<number> {
  let sum = 0;
  for (const table of TABLES) sum += await tableBytes(pool, table);
  return Math.round(sum);
}

async function tableBytes(pool: Pick<Pool, 'query'>, table: string): Promise<number> {
  const { rows: sizes } = await pool.query<{ bytes: number }>(
    `select pg_relation_size('${table}') as bytes`,
  );
  const pages = (sizes[0]?.bytes ?? 0) / PAGE_BYTES;
  const share = Math.min(1, SAMPLED_PAGES / Math.max(1, pages));
  const { rows } = await pool.query<{ bytes: number }>(
    `select coalesce(sum(pg_column_size(t.*)), 0)::bigint as bytes from ${table} t tablesample system ($1)`,
    [share * 100],
  );
  return (rows[0]?.bytes ?? 0) / share;
}
