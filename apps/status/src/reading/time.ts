import { sql, type RawBuilder } from 'kysely';

/** Milliseconds since 1970 as SQL compares them with a `timestamptz`. */
export function time(ms: number): RawBuilder<number> {
  return sql<number>`${new Date(ms).toISOString()}::timestamptz`;
}
