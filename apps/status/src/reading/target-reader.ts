import type { Kysely } from 'kysely';
import { ListTargetsAnswered, SignalboxError, type ListTargets, type TargetItem } from '#contracts';
import type { Tables, TargetStateRow } from '../storage/tables.js';
import { decodeCursor, pageOf } from './page.js';

/** Answers questions about the targets of an execution. */
export class TargetReader {
  constructor(private readonly db: Kysely<Tables>) {}

  /** A page of the targets in the order of the command. Throws `not-found`, `invalid-cursor`. */
  async list({ executionId, state, limit, cursor }: ListTargets): Promise<ListTargetsAnswered> {
    let select = this.db
      .selectFrom('target_states')
      .selectAll()
      .where('execution_id', '=', executionId)
      .orderBy('ordinal')
      .limit(limit + 1);
    if (state !== undefined) select = select.where('state', '=', state);
    if (cursor !== undefined) {
      const [ordinal] = decodeCursor<[number]>(cursor, ['number']);
      select = select.where('ordinal', '>', ordinal);
    }
    const rows = await select.execute();
    if (rows.length === 0) await this.assertRecorded(executionId);
    const page = pageOf(rows, limit, targetItem, ({ ordinal }) => [ordinal]);
    return Object.assign(new ListTargetsAnswered(), page);
  }

  private async assertRecorded(executionId: string): Promise<void> {
    const execution = await this.db
      .selectFrom('executions')
      .select('id')
      .where('id', '=', executionId)
      .executeTakeFirst();
    if (!execution) {
      throw new SignalboxError('not-found', `no execution ${executionId} is recorded`);
    }
  }
}

function targetItem(row: TargetStateRow): TargetItem {
  const { output_tail: tail, output_bytes: bytes, output_truncated: truncated } = row;
  return {
    target: row.name,
    state: row.state,
    attempt: row.attempt,
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(row.code !== null && { code: row.code }),
    ...(row.message !== null && { message: row.message }),
    ...(row.exit_code !== null && { exitCode: row.exit_code }),
    ...(row.http_status !== null && { httpStatus: row.http_status }),
    ...(row.termination !== null && { termination: row.termination }),
    ...(tail !== null &&
      bytes !== null &&
      truncated !== null && { output: { tail, bytes, truncated } }),
    ...(row.owner_instance !== null && { owner: row.owner_instance }),
    ...(row.epoch !== null && { epoch: row.epoch }),
  };
}
