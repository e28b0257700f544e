import { sql, type Kysely } from 'kysely';

/** In which trace an execution, and the newest start of a stream, was asked for: a W3C `traceparent`, null where in none. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table executions add column traceparent text`.execute(db);
  await sql`alter table streams add column traceparent text`.execute(db);
}
