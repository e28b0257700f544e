import { sql, type Kysely } from 'kysely';

/**
 * What retention, and whoever asks the audit list about one person, looks up by age. Of the events, those that go by themselves: what streams and indexers report every second, and
 * what had no effect. The words of targets go with their execution, and need no index for it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `create index executions_over on executions (finished_at) where finished_at is not null`,
  `create index events_by_age on events (at) where type <> 'targets.changed' or superseded`,
  `create index commands_by_asker on commands (requested_by, at desc, number desc)`,
];
