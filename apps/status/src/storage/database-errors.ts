import { DependencyUnavailableError } from '#contracts';
import { messageOf } from '#supervisor';
import pg from 'pg';

// SQLSTATE classes (PostgreSQL manual, appendix A) that say that this very data cannot be stored: 21 cardinality, 22 data
// exception, 23 integrity constraint, 54 program limit.
const CLASSES_OF_DATA = new Set(['21', '22', '23', '54']);

/**
 * True for an error that the same data will raise again: a value that PostgreSQL cannot store, or a defect of ours. Every
 * other error is the database's trouble (gone, full, restarting, read-only, a deadlock): the same data may do later.
 */
export function isAboutData(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return CLASSES_OF_DATA.has(error.code?.slice(0, 2) ?? '');
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}

/** What everybody is told while PostgreSQL does not do its part: `what` it does not do, and why. */
export function postgresUnavailable(what: string, error: unknown): DependencyUnavailableError {
  return new DependencyUnavailableError(`PostgreSQL ${what}: ${messageOf(error)}`, {
    cause: error,
  });
}
