import {
  GetExecution,
  GetStream,
  InvalidMessageError,
  asReason,
  checkMessage,
  definitionOf,
} from '#contracts';
import { storableText } from '../storable.js';
import type { Refusal } from './answer.js';

/** A command that breaks its contract, but says what it is about. */
export interface InvalidCommand {
  /** As it was sent. */
  readonly body: object;
  readonly refusal: Refusal;
}

/**
 * What the record is told of a message that cannot be read. `undefined` when it is no command, or does not say what it is about: then it is
 * one for the dead letters.
 */
export function invalidCommand(
  type: string,
  bytes: Buffer,
  { code, message }: InvalidMessageError,
): InvalidCommand | undefined {
  // All else is no JSON within the limits.
  if (code !== 'contract-violated' || definitionOf(type).kind !== 'command') return undefined;
  const body: unknown = JSON.parse(bytes.toString());
  if (typeof body !== 'object' || body === null || !hasSubject(type, body)) return undefined;
  return { body, refusal: { code, reason: storableText(asReason(message)) } };
}

/** The execution or stream that a command is about. Throws an `InvalidMessageError` when its body has no such id. */
export function subjectOf(
  type: string,
  { executionId, streamId }: { readonly executionId?: unknown; readonly streamId?: unknown },
): string {
  return type.startsWith('stream.')
    ? checkMessage(GetStream, { streamId }).streamId
    : checkMessage(GetExecution, { executionId }).executionId;
}

function hasSubject(type: string, body: object): boolean {
  try {
    subjectOf(type, body);
    return true;
  } catch (error) {
    if (error instanceof InvalidMessageError) return false;
    throw error;
  }
}
