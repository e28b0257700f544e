import { sleep } from '#supervisor';
import type { Pool, PoolClient } from 'pg';
import { flight, type Statement } from '../storage/flight.js';
import { transaction } from '../storage/transaction.js';

/** Another status deletes right now. */
export class AnotherDeletesError extends Error {
  constructor() {
    super('another status deletes old records');
    this.name = 'AnotherDeletesError';
  }
}

/** How much a transaction deletes, in rows: a few hundredths of a second of work. */
export const BATCH_ROWS = 1_000;

/** Any number, as long as nobody else uses it for an advisory lock in this database. */
const LOCK = 7_331_004;

/**
 * Deletes in small transactions, one at a time in the whole mesh. After each it rests for as long as it took, so that whoever else needs the
 * database gets the larger part of it.
 */
export class Batches {
  constructor(private readonly pool: Pool) {}

  /** Rows, without changing anything. */
  async select<Row>(statement: Statement): Promise<Row[]> {
    const { rows } = await this.pool.query(statement);
    return rows as Row[];
  }

  /**
   * One transaction; resolves with the last statement's rows. Throws `AnotherDeletesError`, the signal's reason, or what PostgreSQL
   * says: then nothing of it is done. With `instead of the writer` the record's writer waits meanwhile: for what it may decide about.
   */
  async delete<Row>(
    statements: readonly Statement[],
    signal: AbortSignal,
    beside: 'beside the writer' | 'instead of the writer' = 'beside the writer',
  ): Promise<Row[]> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const rows = await transaction(this.pool, (client) =>
      deleteOn(client, statements, beside === 'instead of the writer'),
    );
    await sleep(performance.now() - startedAt, signal);
    return rows as Row[];
  }
}

async function deleteOn(
  client: PoolClient,
  statements: readonly Statement[],
  holdWriter: boolean,
): Promise<unknown[]> {
  const [, locks = []] = await flight(client, [
    { text: 'begin' },
    { text: 'select pg_try_advisory_xact_lock($1) as mine', values: [LOCK] },
  ]);
  if (locks[0]?.mine !== true) throw new AnotherDeletesError();
  const hold = holdWriter ? [{ text: 'select from writer for update' }] : [];
  const answers = await flight(client, [...hold, ...statements, { text: 'commit' }]);
  return answers.at(-2) ?? [];
}
