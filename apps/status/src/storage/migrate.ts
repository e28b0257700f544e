import { sql, type Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import type { Tables } from './tables.js';
import * as theRecord from './migrations/0001-the-record.js';
import * as traces from './migrations/0002-traces.js';
import * as feed from './migrations/0003-feed.js';
import * as retention from './migrations/0004-retention.js';
import * as lists from './migrations/0005-lists.js';

const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-the-record': theRecord,
  '0002-traces': traces,
  '0003-feed': feed,
  '0004-retention': retention,
  '0005-lists': lists,
};

/**
 * Brings the database to the newest shape, in the first schema of its search path. Runs under an advisory lock, so any number of
 * status processes may start at once; does nothing where nothing is to be done. Throws what PostgreSQL says.
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
    migrationTableSchema: await currentSchema(db),
  });
  const { error } = await migrator.migrateToLatest();
  if (error instanceof Error) throw error;
  if (error !== undefined) throw new Error('a migration failed', { cause: error });
}

async function currentSchema(db: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(
    db,
  );
  const schema = rows[0]?.schema ?? null;
  if (schema === null) {
    throw new Error('the search path of DATABASE_URL names no schema that exists: create one');
  }
  return schema;
}
