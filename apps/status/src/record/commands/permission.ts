import type { RecordMessage } from '../message.js';
import type { ApplyContext } from '../transition.js';
import type { Refusal } from './answer.js';

/** Why the asker may not command anything; `undefined` when it may. */
export function userRefusal(
  message: RecordMessage,
  { requireUser }: ApplyContext,
): Refusal | undefined {
  if (!requireUser || message.userId !== undefined) return undefined;
  return {
    code: 'user-required',
    reason:
      'this mesh takes commands only with a broker-validated user: set the AMQP property user-id to the user you are logged in as',
  };
}
