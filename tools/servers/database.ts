import pg from 'pg';

const EXISTS = '42P04';

/** Creates a database through a connection to another; harmless when it exists. */
export async function createDatabase(url: string, name: string): Promise<void> {
  await run(url, `CREATE DATABASE ${pg.escapeIdentifier(name)}`).catch((error: unknown) => {
    if ((error as { code?: string }).code !== EXISTS) throw error;
  });
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
