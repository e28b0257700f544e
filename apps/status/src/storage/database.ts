import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import { readerPool, writerPool } from './connection.js';
import { postgresUnavailable } from './database-errors.js';
import { migrate } from './migrate.js';
import type { Tables } from './tables.js';

/** The PostgreSQL database of the record. Connects when first used, and again whenever a connection was lost. */
export class Database {
  /** For the record's one writer. */
  readonly writer: Pool;
  /** For everybody else. */
  readonly reader: Pool;
  /** The same connections as `reader`, with the tables' types. */
  readonly tables: Kysely<Tables>;

  constructor(databaseUrl: string) {
    this.writer = writerPool(databaseUrl);
    this.reader = readerPool(databaseUrl);
    this.tables = new Kysely({ dialect: new PostgresDialect({ pool: this.reader }) });
  }

  /** Brings the tables up to date. Throws `DependencyUnavailableError` when PostgreSQL is not there, or refuses. */
  async open(): Promise<void> {
    try {
      await migrate(this.tables);
    } catch (error) {
      throw postgresUnavailable('cannot be prepared (DATABASE_URL)', error);
    }
  }

  /** Resolves when PostgreSQL answers, throws `DependencyUnavailableError` while it does not. */
  async probe(): Promise<void> {
    try {
      await this.writer.query('select 1');
    } catch (error) {
      throw postgresUnavailable('does not answer (DATABASE_URL)', error);
    }
  }

  /** Waits for what is under way, then closes the connections. Once only. */
  async close(): Promise<void> {
    await Promise.all([this.writer.end(), this.tables.destroy()]);
  }
}
