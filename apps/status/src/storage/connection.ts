import pg from 'pg';

const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** How long the database may leave us without a word. A frozen writer must not hold its locks longer either. */
const TIMEOUTS = {
  connectionTimeoutMillis: 5_000,
  statement_timeout: 60_000,
  idle_in_transaction_session_timeout: 10_000,
  query_timeout: 65_000,
} as const;

// The writer looks rows up by key, a few hundred at a time, with prepared statements: a plan that was made while a table was
// small must not become a scan of a large one.
const BY_KEY = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off';
const PLAIN = '-c TimeZone=UTC -c DateStyle=ISO';

/** The connections that the record is written with. See `readerPool` for how values are read. */
export function writerPool(databaseUrl: string): pg.Pool {
  return pool(databaseUrl, 2, `${PLAIN} ${BY_KEY}`);
}

/**
 * The connections that questions are answered with. `bigint` is read as a number (nothing here comes near 2^53), `timestamptz` as
 * milliseconds since 1970. Statements are sent without waiting for the answer to the one before, so a transaction costs as many
 * round trips as it has decisions, not as it has statements. Connects when first used.
 */
export function readerPool(databaseUrl: string): pg.Pool {
  return pool(databaseUrl, 6, PLAIN);
}

function pool(databaseUrl: string, max: number, options: string): pg.Pool {
  const connections = new pg.Pool({
    connectionString: withOptions(databaseUrl, options),
    max,
    application_name: 'signalbox-status',
    keepAlive: true,
    pipeline: true,
    types: { getTypeParser },
    ...TIMEOUTS,
  });
  // A connection that dies says so to whoever uses it, by the statement that fails, and as an event, which would end the
  // process if nobody listened.
  const ignore = (): void => undefined;
  connections.on('error', ignore).on('connect', (client) => client.on('error', ignore));
  return connections;
}

/** Adds to the options that the URL may have itself, such as the search path. */
function withOptions(databaseUrl: string, options: string): string {
  const url = new URL(databaseUrl);
  const own = url.searchParams.get('options');
  url.searchParams.set('options', own === null ? options : `${own} ${options}`);
  return url.href;
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
