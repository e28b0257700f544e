import { sql, type Kysely } from 'kysely';

/**
 * What the live feed tells, in the order in which the record changed. The writer numbers its entries in the transaction that
 * changes the record, holding the row of `writer`: so a number is visible only once every smaller one is, and none is left out.
 * `generation` is part of every id that clients keep: where the tables are empty (a backup without them), a new feed begins.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table feed_position (
    only_row boolean primary key default true check (only_row),
    generation text not null,
    last bigint not null
  )`.execute(db);
  await sql`create table feed (
    id bigint primary key,
    type text not null,
    subject text not null,
    data json not null
  )`.execute(db);
}
