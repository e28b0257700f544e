import { InvalidMessageError, definitionOf, type MessageKind } from '#contracts';
import { DEADLINE_HEADER } from '../request/requester.js';
import type { IncomingMessage } from './incoming-message.js';

/**
 * Milliseconds until nobody waits for the answer any more; negative when that is past. `Infinity` for all but queries: a command that
 * the broker has taken is carried out, however late.
 */
export function remainingMs({ type, headers }: IncomingMessage, now = Date.now()): number {
  if (kindOf(type) !== 'query') return Infinity;
  const deadline = Number(headers[DEADLINE_HEADER]);
  return deadline > 0 ? deadline - now : Infinity;
}

/** What part a message type plays; undefined for a type that does not exist. */
export function kindOf(type: string): MessageKind | undefined {
  try {
    return definitionOf(type).kind;
  } catch (error) {
    if (error instanceof InvalidMessageError) return undefined;
    throw error;
  }
}
