import { MAX_CHUNK_TARGETS, type TargetChange } from '#contracts';
import type { Pool } from 'pg';
import type { EndedTargets } from '../record/effects.js';

/** Targets that status ended, page by page. */
export interface EndedPage {
  readonly changes: readonly TargetChange[];
  /** Where the next page begins; `undefined` after the last one. */
  readonly next: number | undefined;
}

/** Looks up the names of targets that status ended: they have no outcome of their own. */
export class EndedTargetsReader {
  constructor(private readonly pool: Pool) {}

  /** A page of those from the ordinal `from` on. */
  async page(ended: EndedTargets, from: number): Promise<EndedPage> {
    const { executionId, last, ending } = ended;
    const { rows } = await this.pool.query<{ ordinal: number; name: string; attempt: number }>({
      name: 'ended-targets',
      text: `select ordinal, name, attempt from targets
             where execution_id = $1 and ordinal between $2 and $3 and outcome is null
             order by ordinal limit $4`,
      values: [executionId, from, last, MAX_CHUNK_TARGETS],
    });
    const endedAt = Date.now();
    const changes = rows.map(({ name: target, attempt }): TargetChange => {
      const ran = ending.finishRunning && attempt > 0;
      return ran
        ? { target, state: 'lost', attempt, endedAt, code: 'owner-lost' }
        : { target, state: ending.outcome, attempt, endedAt, code: ending.code };
    });
    const end = rows.length === MAX_CHUNK_TARGETS ? rows.at(-1) : undefined;
    return { changes, next: end && end.ordinal + 1 };
  }
}
