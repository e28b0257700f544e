import { bodyHash } from '#contracts';
import { refuse, repeat } from '../commands/answer.js';
import type { RecordMessage } from '../message.js';
import type { WorkingSet } from '../working-set.js';
import type { Execution } from './execution.js';

/** Answers a `task.run` whose execution is recorded: the same again as it was answered, another one with a refusal. */
export function answerAgain(set: WorkingSet, message: RecordMessage, known: Execution): void {
  if (known.bodyHash !== bodyHash(message.body)) {
    return refuse(set, message, known.id, {
      code: 'id-reused',
      reason: `execution ${known.id} is another command, recorded before; it is unchanged. Choose a new id`,
    });
  }
  const { outcome, code, reason } = known;
  const rejected = outcome === 'rejected' ? { code: code ?? '', reason: reason ?? '' } : null;
  repeat(set, message, known.id, rejected);
}
