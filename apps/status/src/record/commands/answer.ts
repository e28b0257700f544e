import { bodyHash, CommandAccepted, CommandRejected, type AuditResult } from '#contracts';
import { requestedBy, type RecordMessage } from '../message.js';
import type { WorkingSet } from '../working-set.js';

/** Why a command is refused. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
}

/** The command did what it asks for. */
export function accept(set: WorkingSet, message: RecordMessage, subject: string): void {
  answer(set, message, subject, 'accepted', null);
}

/** The command changes nothing but the audit list. */
export function refuse(
  set: WorkingSet,
  message: RecordMessage,
  subject: string,
  refusal: Refusal,
): void {
  answer(set, message, subject, 'rejected', refusal);
}

/** The same command was recorded before; it gets the same answer again. */
export function repeat(
  set: WorkingSet,
  message: RecordMessage,
  subject: string,
  refusal: Refusal | null,
): void {
  answer(set, message, subject, 'repeated', refusal);
}

function answer(
  set: WorkingSet,
  message: RecordMessage,
  subject: string,
  result: AuditResult,
  refusal: Refusal | null,
): void {
  const { messageId, type, body } = message;
  const command = {
    messageId,
    type,
    subject,
    bodyHash: bodyHash(body),
    requestedBy: requestedBy(message),
    result,
    code: refusal?.code ?? null,
    reason: refusal?.reason ?? null,
  };
  set.changes.commands.push(command);
  set.addCommand(command);
  if (refusal === null) set.effects.reply(message, CommandAccepted, { id: subject });
  else set.effects.reply(message, CommandRejected, { id: subject, ...refusal });
}
