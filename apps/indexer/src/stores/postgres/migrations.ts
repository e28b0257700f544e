import type { PoolClient } from 'pg';

interface Migration {
  readonly name: string;
  readonly sql: string;
}

/**
 * What PostgreSQL's parser reads as part of longer words (paths, e-mail addresses, tags, signs). In documents and
 * queries each is replaced by a space, so that `syslog` finds `/var/log/syslog`, as it does in other stores.
 */
export const WORD_SEPARATORS = '/@-_<>&+~';

/** In order; one that has been released never changes. */
const MIGRATIONS: readonly Migration[] = [
  {
    name: '001-documents',
    sql: `
      create table indexer.documents (
        index text collate "C" not null,
        id text collate "C" not null,
        document jsonb not null,
        -- '-infinity' stands for "none": such documents are older than all others.
        event_time timestamptz not null,
        words tsvector not null generated always as (
          jsonb_to_tsvector(
            'simple',
            translate(document::text, '${WORD_SEPARATORS}', '${' '.repeat(WORD_SEPARATORS.length)}')::jsonb,
            '["string", "numeric", "boolean"]'
          )
        ) stored,
        primary key (index, id)
      );
      create index documents_words on indexer.documents using gin (words);
      create index documents_time on indexer.documents (event_time, index, id);
    `,
  },
];

/** Any number that nothing else in the database locks: "SBIX". */
const LOCK_KEY = 0x53_42_49_58;

/**
 * Brings the schema `indexer` up to date, in one transaction. Instances that start together wait for each other; the
 * second finds nothing to do.
 */
export async function migrate(client: PoolClient): Promise<void> {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await client.query('create schema if not exists indexer');
    await client.query(`create table if not exists indexer.migrations (
      name text primary key, applied_at timestamptz not null default now()
    )`);
    for (const migration of await missing(client)) await apply(client, migration);
    await client.query('commit');
  } catch (error) {
    // Fails only with the connection, and then nothing was kept either.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function missing(client: PoolClient): Promise<readonly Migration[]> {
  const { rows } = await client.query<{ name: string }>('select name from indexer.migrations');
  const applied = new Set(rows.map(({ name }) => name));
  return MIGRATIONS.filter(({ name }) => !applied.has(name));
}

async function apply(client: PoolClient, { name, sql }: Migration): Promise<void> {
  await client.query(sql);
  await client.query('insert into indexer.migrations (name) values ($1)', [name]);
}
