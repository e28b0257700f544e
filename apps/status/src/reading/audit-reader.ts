import { sql, type Kysely } from 'kysely';
import { ListAuditAnswered, type AuditItem, type ListAudit } from '#contracts';
import type { CommandRow, Tables } from '../storage/tables.js';
import { decodeCursor, pageOf } from './page.js';
import { time } from './time.js';

interface Row extends Omit<CommandRow, 'number'> {
  readonly number: number;
  readonly outcome: string | null;
}

/** Answers who asked for what, when, and how it ended. */
export class AuditReader {
  constructor(private readonly db: Kysely<Tables>) {}

  /** A page of commands, newest first. Throws `invalid-cursor`. */
  async list(query: ListAudit): Promise<ListAuditAnswered> {
    const { requestedBy, since, until, type, limit, cursor } = query;
    let select = this.db
      .selectFrom('commands')
      .select([
        'number',
        'message_id',
        'type',
        'subject',
        'requested_by',
        'at',
        'result',
        'code',
        'reason',
        outcome,
      ])
      .orderBy('at', 'desc')
      .orderBy('number', 'desc')
      .limit(limit + 1);
    if (requestedBy !== undefined) select = select.where('requested_by', '=', requestedBy);
    if (type !== undefined) select = select.where('type', '=', type);
    if (since !== undefined) select = select.where('at', '>=', time(since));
    if (until !== undefined) select = select.where('at', '<', time(until));
    if (cursor !== undefined) {
      const [at, number] = decodeCursor<[number, number]>(cursor, ['number', 'number']);
      select = select.where(sql<boolean>`(at, number) < (${time(at)}, ${number})`);
    }
    const rows = await select.execute();
    const page = pageOf(rows, limit, auditItem, ({ at, number }) => [at, number]);
    return Object.assign(new ListAuditAnswered(), page);
  }
}

/** How the execution ended that the command asked for, or asked to end: a cancel may have come too late. All else that one can ask for ends more than once, or never. */
const outcome = sql<
  string | null
>`case when type in ('task.run', 'task.cancel') and result <> 'rejected' then (
  select outcome from executions where id = subject::uuid
) end`.as('outcome');

function auditItem(row: Row): AuditItem {
  return {
    at: row.at,
    requestedBy: row.requested_by,
    type: row.type,
    id: row.subject,
    messageId: row.message_id,
    result: row.result,
    ...(row.code !== null && { code: row.code }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.outcome !== null && { outcome: row.outcome }),
  };
}
