import { sql, type Kysely } from 'kysely';

/**
 * Every filter of the list of executions has an index in the order of the list, so that a page costs the rows that it shows. Their other columns
 * change with each outcome and stay out of them: PostgreSQL then updates a row without touching its indexes.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `drop index executions_by_age`,
  `create index executions_by_age on executions (recorded_at, id)`,
  `create index executions_by_state on executions (state, recorded_at, id)`,
  `create index executions_by_plugin on executions (plugin, recorded_at, id)`,
  `create index executions_by_asker on executions (requested_by, recorded_at, id)`,
];
