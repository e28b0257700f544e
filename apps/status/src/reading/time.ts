import { sql, type RawBuilder } from 'kysely';

/** Milliseconds since 1970 as SQL compares them with a `timestamptz`. */
export function time(ms: number): RawBuilder<number> {
  // As text, the last years that a contract allows would not be read.
  return sql<number>`to_timestamp(${ms}::double precision / 1000)`;
}
