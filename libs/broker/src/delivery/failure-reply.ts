import {
  CommandRejected,
  InvalidMessageError,
  QueryFailed,
  SignalboxError,
  asReason,
} from '#contracts';
import { messageOf } from '#supervisor';
import { errorCodeOf } from './dead-letter.js';
import { kindOf } from './deadline.js';
import type { IncomingMessage } from './incoming-message.js';

/**
 * What whoever asked is told about a failure; undefined when nobody asked, or may hope for an answer still. A command is refused
 * only when it cannot be read: otherwise the record answers.
 */
export function failureReply(
  message: IncomingMessage,
  error: unknown,
  service: string,
): CommandRejected | QueryFailed | undefined {
  if (message.replyTo === undefined) return undefined;
  const kind = kindOf(message.type);
  const code = errorCodeOf(error);
  const reason = reasonFor(message, error, service);
  if (kind === 'command') {
    if (!(error instanceof InvalidMessageError)) return undefined;
    return Object.assign(new CommandRejected(), { id: message.messageId, code, reason });
  }
  if (kind !== 'query' && kind !== undefined) return undefined;
  const retryable = error instanceof SignalboxError && error.retryable;
  return Object.assign(new QueryFailed(), { code, reason, retryable });
}

function reasonFor({ messageId }: IncomingMessage, error: unknown, service: string): string {
  if (error instanceof SignalboxError) return asReason(messageOf(error));
  return `a defect of ${service}: its log has the details (message ${messageId})`;
}
