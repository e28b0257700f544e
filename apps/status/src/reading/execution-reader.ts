import type { Kysely, SelectQueryBuilder } from 'kysely';
import { sql } from 'kysely';
import {
  GetExecutionAnswered,
  ListExecutionsAnswered,
  SignalboxError,
  type ExecutionSummary,
  type ListExecutions,
  type TargetCounts,
} from '#contracts';
import type { ExecutionRow, Tables } from '../storage/tables.js';
import { decodeCursor, pageOf } from './page.js';
import { time } from './time.js';

type SummaryRow = Omit<ExecutionRow, 'args' | 'policy' | 'output'> & { readonly running: number };

const SUMMARY_COLUMNS = [
  'id',
  'plugin',
  'requested_by',
  'state',
  'outcome',
  'code',
  'reason',
  'total',
  'succeeded',
  'failed',
  'timed_out',
  'cancelled',
  'lost',
  'skipped',
  'batch',
  'recorded_at',
  'started_at',
  'finished_at',
] as const;

/** Answers questions about executions. */
export class ExecutionReader {
  constructor(private readonly db: Kysely<Tables>) {}

  /** One execution. Throws `not-found`. */
  async get(executionId: string): Promise<GetExecutionAnswered> {
    const row = await withRunning(this.db.selectFrom('executions'))
      .select([...SUMMARY_COLUMNS, 'args', 'policy', 'output'])
      .where('id', '=', executionId)
      .executeTakeFirst();
    if (!row) throw new SignalboxError('not-found', `no execution ${executionId} is recorded`);
    const { args, policy, output } = row;
    return Object.assign(new GetExecutionAnswered(), summaryOf(row), { args, policy, output });
  }

  /** A page of executions, newest first. Throws `invalid-cursor`. */
  async list(query: ListExecutions): Promise<ListExecutionsAnswered> {
    const { state, plugin, requestedBy, since, until, limit, cursor } = query;
    let select = withRunning(this.db.selectFrom('executions'))
      .select(SUMMARY_COLUMNS)
      .orderBy('recorded_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (state !== undefined) select = select.where('state', '=', state);
    if (plugin !== undefined) select = select.where('plugin', '=', plugin);
    if (requestedBy !== undefined) select = select.where('requested_by', '=', requestedBy);
    if (since !== undefined) select = select.where('recorded_at', '>=', time(since));
    if (until !== undefined) select = select.where('recorded_at', '<', time(until));
    if (cursor !== undefined) {
      const [at, id] = decodeCursor<[number, string]>(cursor, ['number', 'string']);
      select = select.where(sql<boolean>`(recorded_at, id) < (${time(at)}, ${id}::uuid)`);
    }
    const rows = await select.execute();
    const page = pageOf(rows, limit, summaryOf, ({ recorded_at, id }) => [recorded_at, id]);
    return Object.assign(new ListExecutionsAnswered(), page);
  }
}

/** Adds how many targets run: begun, and without outcome. Only open chunks have any. */
function withRunning<O>(select: SelectQueryBuilder<Tables, 'executions', O>) {
  return select.select((query) =>
    query
      .selectFrom('leases')
      .select(({ fn }) => fn.coalesce(fn.sum<number>('attempted'), sql<number>`0`).as('running'))
      .whereRef('execution_id', '=', 'executions.id')
      .where('closed', '=', false)
      .$asScalar()
      .$notNull()
      .as('running'),
  );
}

function summaryOf(row: SummaryRow): ExecutionSummary {
  return {
    executionId: row.id,
    plugin: row.plugin,
    requestedBy: row.requested_by,
    state: row.state,
    ...(row.outcome !== null && { outcome: row.outcome }),
    ...(row.code !== null && { code: row.code }),
    ...(row.reason !== null && { reason: row.reason }),
    counts: countsOf(row),
    batch: row.batch,
    recordedAt: row.recorded_at,
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(row.finished_at !== null && { finishedAt: row.finished_at }),
  };
}

function countsOf(row: SummaryRow): TargetCounts {
  const { total, running, succeeded, failed, timed_out, cancelled, lost, skipped } = row;
  const ended = succeeded + failed + timed_out + cancelled + lost + skipped;
  return {
    total,
    waiting: row.outcome === 'rejected' ? 0 : total - ended - running,
    running,
    succeeded,
    failed,
    timedOut: timed_out,
    cancelled,
    lost,
    skipped,
  };
}
