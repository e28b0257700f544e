import pg from 'pg';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const EXISTS = '42P04';
const REFUSED = '42501';

/** Creates a database through a connection to another; harmless when it exists. */
export async function createDatabase(url: string, name: string): Promise<void> {
  await run(url, `CREATE DATABASE ${pg.escapeIdentifier(name)}`).catch((error: unknown) => {
    if ((error as { code?: string }).code !== EXISTS) throw error;
  });
}

/** Creates a schema in the URL's database; harmless when it exists. */
export async function createSchema(url: string, name: string): Promise<void> {
  await run(url, `CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(name)}`);
}

/** True when the server answered that this role may not do that. */
export function isRefused(error: unknown): boolean {
  return (error as { code?: string }).code === REFUSED;
}

/** Drops a database with every connection to it; harmless when it is gone. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  await run(url, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}

/** The same server, another database. */
export function withDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(name)}`;
  return other.href;
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
