import type { RecordMessage } from '../message.js';
import { isStorable } from '../storable.js';
import type { ApplyContext } from '../transition.js';
import type { Refusal } from './answer.js';

/** Why a command is refused whatever it asks for; `undefined` when it is not. Its id is not used up. */
export function commandRefusal(
  message: RecordMessage,
  { requireUser }: ApplyContext,
): Refusal | undefined {
  if (message.forbidden !== undefined) return message.forbidden;
  if (requireUser && message.userId === undefined) {
    return {
      code: 'user-required',
      reason:
        'this mesh takes commands only with a broker-validated user: set the AMQP property user-id to the user you are logged in as',
    };
  }
  if (!isStorable(JSON.stringify(message.body))) {
    return {
      code: 'contract-violated',
      reason: `${message.type} is not valid: a text in it holds U+0000 or half a surrogate pair, which cannot be recorded`,
    };
  }
  return undefined;
}
