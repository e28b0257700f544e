import type { Pool } from 'pg';
import type { Needs } from '../record/needs.js';
import type { WorkingSet } from '../record/working-set.js';
import { addOverdue, loadRecord } from './load-record.js';
import { saveRecord } from './save-record.js';
import { transaction } from './transaction.js';

/** Another status has taken over `status.record`: whatever this one still has in hand is the other's to apply. */
export class TakenOverError extends Error {
  constructor(
    readonly term: number,
    readonly newest: number,
  ) {
    super(`another status took over the record (term ${newest}, this one has ${term})`);
    this.name = 'TakenOverError';
  }
}

/** The record in PostgreSQL, as its one writer uses it. */
export class RecordStore {
  constructor(private readonly pool: Pool) {}

  /** Makes this process the writer: every transaction with an older term fails from now on. Waits for one that is under way. */
  async raiseTerm(): Promise<number> {
    const { rows } = await this.pool.query<{ term: number }>(
      'update writer set term = term + 1 returning term',
    );
    const [writer] = rows;
    if (!writer) throw new Error('the table writer has no row: was the database emptied by hand?');
    return writer.term;
  }

  /**
   * One transaction: reads what is needed, lets `decide` change it, writes what changed, commits. Either all of it is
   * recorded or nothing. Throws `TakenOverError` when the term is not the newest any more, what `decide` throws, or what
   * PostgreSQL says.
   */
  async transact(
    term: number,
    needs: Needs,
    nowMs: number,
    decide: (set: WorkingSet) => void,
  ): Promise<WorkingSet> {
    return transaction(this.pool, async (client) => {
      await addOverdue(client, needs);
      const { set, term: newest } = await loadRecord(client, needs, nowMs);
      if (newest !== term) throw new TakenOverError(term, newest);
      decide(set);
      await saveRecord(client, set, nowMs);
      return set;
    });
  }
}
