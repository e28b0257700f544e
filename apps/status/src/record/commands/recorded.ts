import { bodyHash } from '#contracts';
import type { RecordMessage } from '../message.js';
import type { WorkingSet } from '../working-set.js';
import { refuse, repeat } from './answer.js';

/**
 * Recognises a command by its message id: one that was recorded before gets the same answer again, and changes nothing; another
 * body under the same message id is refused. True when it was answered.
 */
export function answerIfRecorded(
  set: WorkingSet,
  message: RecordMessage,
  subject: string,
): boolean {
  const recorded = set.commandsWith(subject, message.messageId);
  if (recorded.length === 0) return false;
  const hash = bodyHash(message.body);
  const same = recorded.find(({ type, bodyHash }) => type === message.type && bodyHash === hash);
  if (same) {
    const { code, reason } = same;
    repeat(set, message, subject, code === null ? null : { code, reason: reason ?? '' });
  } else {
    refuse(set, message, subject, {
      code: 'id-reused',
      reason: `message id ${message.messageId} already stands for another command about ${subject}; give each command its own`,
    });
  }
  return true;
}
