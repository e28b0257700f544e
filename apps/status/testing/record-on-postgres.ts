import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import { freshDatabase, type FreshDatabase } from '../../../tools/testing/servers.ts';
import { apply, needsOf } from '../src/record/apply.js';
import type { RecordMessage } from '../src/record/message.js';
import type { WorkingSet } from '../src/record/working-set.js';
import { writerPool } from '../src/storage/connection.js';
import { migrate } from '../src/storage/migrate.js';
import { RecordStore } from '../src/storage/record-store.js';
import type { Tables } from '../src/storage/tables.js';

/** A record in a database of its own. */
export class RecordOnPostgres {
  private constructor(
    private readonly database: FreshDatabase,
    readonly pool: Pool,
    readonly db: Kysely<Tables>,
    readonly store: RecordStore,
    private term: number,
  ) {}

  static async create(): Promise<RecordOnPostgres> {
    const database = await freshDatabase();
    const pool = writerPool(database.databaseUrl);
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    await migrate(db);
    const store = new RecordStore(pool);
    return new RecordOnPostgres(database, pool, db, store, await store.raiseTerm());
  }

  get databaseUrl(): string {
    return this.database.databaseUrl;
  }

  /** Applies one batch in one transaction. */
  async apply(nowMs: number, ...messages: readonly RecordMessage[]): Promise<WorkingSet> {
    return this.store.transact(this.term, needsOf(messages), nowMs, (set) =>
      apply(set, messages, { nowMs, requireUser: false }),
    );
  }

  async rows<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    const { rows } = await this.pool.query(sql, [...values]);
    return rows as T[];
  }

  /** Empties every table, and becomes the writer (again). */
  async clear(): Promise<void> {
    await this.pool.query(
      'truncate executions, leases, targets, target_pages, streams, services, indexes, commands, cancels, events, feed, feed_position',
    );
    await this.pool.query(`update writer set clock = 'epoch'`);
    this.term = await this.store.raiseTerm();
  }

  async drop(): Promise<void> {
    await this.db.destroy();
    await this.database.drop();
  }
}
