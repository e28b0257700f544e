import { DatabaseError } from 'pg';
import type { BulkAnswer } from '../bisect.js';
import { allAre, type ItemClass } from '../item-result.js';

/** Classes and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html; the longest prefix decides. */
const CLASS_BY_SQLSTATE: Readonly<Record<string, ItemClass>> = {
  '08': 'unknown', // the connection broke
  '22': 'poison', // a value that the type does not take
  '23': 'poison', // a constraint that somebody added
  '25006': 'blocked', // read-only: a standby, or made so on purpose
  '28': 'auth',
  '3D': 'auth', // no such database
  '40': 'transient', // deadlock, serialization
  '42': 'misconfigured', // table or column is not what we made
  '42501': 'auth', // no privilege
  '53': 'backpressure', // disk, memory or connections used up
  '54': 'too-large', // a limit of PostgreSQL, such as 1 MB of words
  '55P03': 'transient', // lock not available
  '57': 'unknown', // cancelled, shutting down, starting up
};

/**
 * What an error says about a bulk of `count` documents: the statement is one transaction, so either nobody knows, or none of them
 * was written.
 */
export function writeAnswer(error: unknown, count: number): BulkAnswer {
  const result = { class: classOf(error), reason: reasonOf(error) };
  const isSuspect = result.class === 'poison' || result.class === 'too-large';
  return isSuspect ? { refused: result } : { results: allAre(count, result) };
}

/** The class of an error; without an SQLSTATE it never came from the server, so the connection is at fault. */
export function classOf(error: unknown): ItemClass {
  const state = sqlStateOf(error);
  if (state === undefined) return 'unknown';
  return CLASS_BY_SQLSTATE[state] ?? CLASS_BY_SQLSTATE[state.slice(0, 2)] ?? 'transient';
}

/** What the server said, in one line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const state = sqlStateOf(error);
  const detail = error instanceof DatabaseError && error.detail ? ` (${error.detail})` : '';
  return `${error.message}${detail}${state === undefined ? '' : ` [SQLSTATE ${state}]`}`;
}

function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}
