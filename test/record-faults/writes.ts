import pg from 'pg';

/** Tables whose rows only the one writer may change (S1). The feed is numbered, and trimmed, by whoever comes first. */
const TABLES = [
  'executions',
  'targets',
  'streams',
  'services',
  'indexes',
  'commands',
  'cancels',
  'events',
  'target_pages',
];

/** Who wrote: each status says its name as `application_name`. */
const SETUP = `
  create schema seen;
  create table seen.terms (term bigint primary key, status text not null, at timestamptz not null default clock_timestamp());
  create table seen.writes (
    id bigint generated always as identity primary key,
    status text not null, term bigint not null, relation text not null,
    at timestamptz not null default clock_timestamp()
  );
  create function seen.note_term() returns trigger language plpgsql as $$ begin
    insert into seen.terms (term, status) values (new.term, current_setting('application_name'));
    return null;
  end $$;
  create function seen.note_write() returns trigger language plpgsql as $$ begin
    insert into seen.writes (status, term, relation)
    select current_setting('application_name'), term, tg_table_name from public.writer;
    return null;
  end $$;
  create trigger seen_term after update of term on writer for each row execute function seen.note_term();
  create trigger seen_clock after update of clock on writer for each row
    when (old.clock is distinct from new.clock) execute function seen.note_write();
  create trigger seen_new_lease after insert on leases for each row execute function seen.note_write();
  create trigger seen_lease after update on leases for each row
    when (to_jsonb(old) - 'due_at' - 'offered_at' is distinct from to_jsonb(new) - 'due_at' - 'offered_at')
    execute function seen.note_write();
  ${TABLES.map(
    (table) => `
  create trigger seen_new after insert on ${table} for each row execute function seen.note_write();
  create trigger seen_change after update on ${table} for each row when (old is distinct from new) execute function seen.note_write();`,
  ).join('')}`;

/**
 * Notes in the database itself which status changed a row of the record, in which term, and who raised each term. What any status may
 * do (clear `due`, S3) is left out. Made once the tables are there.
 */
export class Writes {
  readonly #pool: pg.Pool;

  private constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  static async noteIn(pool: pg.Pool): Promise<Writes> {
    await pool.query(SETUP);
    return new Writes(pool);
  }

  /** The status that raised the newest term. */
  async writer(): Promise<string | undefined> {
    const { rows } = await this.#pool.query<{ status: string }>(
      'select status from seen.terms order by term desc limit 1',
    );
    return rows[0]?.status;
  }

  /** How many rows this status has changed so far. */
  async of(status: string): Promise<number> {
    const { rows } = await this.#pool.query<{ count: number }>(
      'select count(*)::int as count from seen.writes where status = $1',
      [status],
    );
    return rows[0]?.count ?? 0;
  }

  /** Changes that somebody else made than who had raised the term of that time, a sentence for each status and table. */
  async foreign(): Promise<string[]> {
    const { rows } = await this.#pool.query<{ said: string }>(
      `select format('%s changed %s rows of %s in a term of %s', w.status, count(*), w.relation, t.status) as said
       from seen.writes w join seen.terms t using (term)
       where w.status <> t.status group by w.status, w.relation, t.status`,
    );
    return rows.map(({ said }) => said);
  }

  /** How often another status became the writer. */
  async takeovers(): Promise<number> {
    const { rows } = await this.#pool.query<{ count: number }>(
      `select count(*)::int as count
       from (select status, lag(status) over (order by term) as before from seen.terms) as each
       where status <> before`,
    );
    return rows[0]?.count ?? 0;
  }
}
