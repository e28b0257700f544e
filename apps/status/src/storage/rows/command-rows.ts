import type { RecordedCommand } from '../../record/commands/recorded-command.js';
import type { RememberedCancel } from '../../record/executions/remembered-cancel.js';
import type { WorkingSet } from '../../record/working-set.js';
import { insertRows, timestamp } from './row-statement.js';

/** Message ids of commands are remembered for a day. */
export const SELECT_COMMANDS = {
  name: 'commands',
  text: `select c.message_id, c.type, c.subject, c.body_hash, c.requested_by, c.result, c.code, c.reason
         from unnest($1::text[], $2::text[]) as asked (subject, message_id)
         join commands c using (subject, message_id)
         where c.at > $3::timestamptz - interval '1 day'
         order by c.number`,
};

type CommandRow = Pick<RecordedCommand, 'type' | 'subject' | 'result' | 'code' | 'reason'> & {
  message_id: string;
  body_hash: string;
  requested_by: string;
};

export function takeCommand(set: WorkingSet, row: CommandRow): void {
  const { message_id: messageId, body_hash: bodyHash, requested_by: requestedBy, ...rest } = row;
  set.addCommand({ messageId, bodyHash, requestedBy, ...rest });
}

/** Cancels are remembered for a day. */
export const SELECT_CANCELS = {
  name: 'cancels',
  text: `select execution_id, requested_by, reason from cancels
         where execution_id = any($1::uuid[]) and at > $2::timestamptz - interval '1 day'`,
};

type CancelRow = Pick<RememberedCancel, 'reason'> & {
  execution_id: string;
  requested_by: string;
};

export function takeCancel(set: WorkingSet, row: CancelRow): void {
  const { execution_id: executionId, requested_by: requestedBy, reason } = row;
  set.cancels.set(executionId, { executionId, requestedBy, reason });
}

export const INSERT_COMMANDS = insertRows(
  'commands',
  {
    message_id: 'text',
    type: 'text',
    subject: 'text',
    body_hash: 'text',
    requested_by: 'text',
    at: 'timestamptz',
    result: 'text',
    code: 'text',
    reason: 'text',
  },
  // The same message again: a redelivery, not somebody who asks again.
  'on conflict (subject, message_id, type, body_hash) do nothing',
);

export function commandRow(one: RecordedCommand, nowMs: number) {
  const { type, subject, result, code, reason } = one;
  return {
    message_id: one.messageId,
    type,
    subject,
    body_hash: one.bodyHash,
    requested_by: one.requestedBy,
    at: timestamp(nowMs),
    result,
    code,
    reason,
  };
}

export const UPSERT_CANCELS = insertRows(
  'cancels',
  { execution_id: 'uuid', requested_by: 'text', reason: 'text', at: 'timestamptz' },
  `on conflict (execution_id) do update
   set requested_by = excluded.requested_by, reason = excluded.reason, at = excluded.at`,
);

/** One row for each execution, since a statement may touch a row but once. */
export function cancelRows(all: readonly RememberedCancel[], nowMs: number) {
  const newest = new Map(all.map((one) => [one.executionId, one]));
  return [...newest.values()].map(({ executionId, requestedBy, reason }) => ({
    execution_id: executionId,
    requested_by: requestedBy,
    reason,
    at: timestamp(nowMs),
  }));
}
