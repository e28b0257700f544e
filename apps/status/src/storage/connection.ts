import pg from 'pg';

const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** How long the database may leave us without a word. A frozen writer must not hold its locks longer either. */
const TIMEOUTS = {
  connectionTimeoutMillis: 5_000,
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 10_000,
  query_timeout: 35_000,
} as const;

/**
 * The connections to PostgreSQL. `bigint` is read as a number (nothing here comes near 2^53) and `timestamptz` as
 * milliseconds since 1970. Statements are sent without waiting for the answer to the one before (pipelined), so a
 * transaction costs as many round trips as it has decisions, not as it has statements. Connects when first used.
 */
export function connectionPool(databaseUrl: string, size: number): pg.Pool {
  return new pg.Pool({
    connectionString: databaseUrl,
    max: size,
    application_name: 'signalbox-status',
    options: '-c TimeZone=UTC -c DateStyle=ISO',
    keepAlive: true,
    pipeline: true,
    types: { getTypeParser },
    ...TIMEOUTS,
  } as pg.PoolConfig);
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8) return Number;
  if (oid === TIMESTAMPTZ) return milliseconds;
  return pg.types.getTypeParser(oid, format) as (text: string) => unknown;
}

/** `2026-11-03 10:00:00.123+00`, as PostgreSQL writes it in UTC. */
function milliseconds(text: string): number {
  return Date.parse(`${text.slice(0, -3).replace(' ', 'T')}Z`);
}
